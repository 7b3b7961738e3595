//! Texts to token numbers, by the model's own `tokenizer.json`.

use std::path::Path;

use catalejo_port::{PortError, PortResult};
use tokenizers::{
    NormalizerWrapper, TruncationDirection, TruncationParams, TruncationStrategy,
    normalizers::{Lowercase, Sequence},
};

use crate::config::{TextConfig, broken, missing};

/// A tokenizer that cuts where the model's folder says and never pads.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    prompt: String,
}

impl Tokenizer {
    pub fn read(folder: &Path, config: &TextConfig) -> PortResult<Self> {
        let path = folder.join("tokenizer.json");
        if !path.exists() {
            let why = "save the model's fast tokenizer into the folder";
            return Err(missing(&path, why));
        }
        let bad = |error: tokenizers::Error| broken(&path, "is not a usable tokenizer").with_source(error);
        let mut inner = tokenizers::Tokenizer::from_file(&path).map_err(bad)?;
        // the file often carries lengths of its own, which are not the model's
        inner.with_padding(None);
        inner
            .with_truncation(Some(TruncationParams {
                max_length: config.max_tokens,
                strategy: TruncationStrategy::LongestFirst,
                direction: TruncationDirection::Right,
                stride: 0,
            }))
            .map_err(bad)?;
        if config.lower_case {
            lower_case(&mut inner);
        }
        Ok(Self { inner, prompt: config.prompt.clone() })
    }

    /// The token numbers, special ones included, cut at the model's length.
    pub fn encode(&self, text: &str) -> PortResult<Vec<u32>> {
        let encoding = if self.prompt.is_empty() {
            self.inner.encode_fast(text, true)
        } else {
            self.inner.encode_fast(format!("{}{text}", self.prompt), true)
        };
        let encoding = encoding
            .map_err(|error| PortError::internal("the tokenizer failed on a text").with_source(error))?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// Puts lower-casing before what the tokenizer does, as `do_lower_case` asks.
fn lower_case(tokenizer: &mut tokenizers::Tokenizer) {
    let mut steps = vec![NormalizerWrapper::Lowercase(Lowercase)];
    steps.extend(tokenizer.get_normalizer().cloned());
    tokenizer.with_normalizer(Some(NormalizerWrapper::Sequence(Sequence::new(steps))));
}
