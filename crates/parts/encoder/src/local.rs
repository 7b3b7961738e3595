//! The encoder in this process: a model folder, a tokenizer and worker threads.

#[cfg(test)]
mod reference;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use catalejo_port::{PortError, PortResult};

use crate::batcher::Batcher;
use crate::config::{TextConfig, broken};
use crate::fingerprint::fingerprint;
use crate::kernels::Kernels;
use crate::model::{Model, Scratch, layout};
use crate::tokenizer::Tokenizer;
use crate::{Embeddings, Encoder, Lane, ModelInfo};

/// Texts of together this many bytes are tokenised where the call runs: that takes less than moving it would.
const TOKENISE_IN_PLACE: usize = 1024;

/// How a local encoder uses the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalOptions {
    /// Threads that compute.
    pub threads: usize,
    /// Tokens that may wait or be in work, for each [`Lane`].
    pub queue_tokens: usize,
}

impl Default for LocalOptions {
    /// A thread a core, and some seconds' work in the queue.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, queue_tokens: 16_384 }
    }
}

/// Encodes with a model of the BERT, RoBERTa (XLM-R) or MPNet family, read from a sentence-transformers folder.
pub struct LocalEncoder {
    info: ModelInfo,
    tokenizer: Arc<Tokenizer>,
    vocabulary: usize,
    batcher: Batcher,
}

impl LocalEncoder {
    /// Reads the model folder and starts the threads. Blocks for as long as reading takes.
    pub fn open(folder: &Path, name: &str, options: LocalOptions) -> PortResult<Self> {
        Self::with_kernels(folder, name, options, Kernels::best())
    }

    pub(crate) fn with_kernels(
        folder: &Path,
        name: &str,
        options: LocalOptions,
        kernels: &'static Kernels,
    ) -> PortResult<Self> {
        if !folder.is_dir() {
            return Err(PortError::not_found(format!(
                "there is no model folder {}: put the model there, or let it be downloaded with the option `model=NAME`",
                folder.display()
            )));
        }
        let (model, hash) = std::thread::scope(|scope| {
            let hash = scope.spawn(|| fingerprint(folder));
            (Model::read(folder, kernels), hash.join())
        });
        // a model that cannot be read says more than a file that cannot be hashed
        let model = model?;
        let fingerprint = hash.map_err(|_| PortError::internal("hashing the model panicked"))??;
        let (transformer, _) = layout(folder)?;
        let text = TextConfig::read(folder, &transformer, model.config())?;
        let tokenizer = Tokenizer::read(&transformer, &text)?;
        let info = ModelInfo {
            name: name.to_owned(),
            fingerprint,
            dimensions: model.dimensions(),
            max_tokens: text.max_tokens,
        };
        tracing::debug!(
            model = name,
            dimensions = info.dimensions,
            kernels = kernels.name,
            "encoder model loaded"
        );
        let (vocabulary, model) = (model.vocabulary(), Arc::new(model));
        if tokenizer.encode("")?.iter().any(|&token| token as usize >= vocabulary) {
            let why = format!("knows tokens that the model's {vocabulary} words lack");
            return Err(broken(&transformer.join("tokenizer.json"), why));
        }
        let batcher = Batcher::start(options.threads, options.queue_tokens, || {
            let (model, mut scratch) = (Arc::clone(&model), Scratch::default());
            Box::new(move |texts, threads| model.encode(texts, threads, &mut scratch))
        })?;
        Ok(Self { info, tokenizer: Arc::new(tokenizer), vocabulary, batcher })
    }

    async fn tokenise(&self, texts: &[String]) -> PortResult<Vec<Vec<u32>>> {
        if texts.iter().map(String::len).sum::<usize>() <= TOKENISE_IN_PLACE {
            return encode_all(&self.tokenizer, texts);
        }
        let (tokenizer, texts) = (Arc::clone(&self.tokenizer), texts.to_vec());
        tokio::task::spawn_blocking(move || encode_all(&tokenizer, &texts))
            .await
            .map_err(|error| PortError::internal("the tokenizer panicked").with_source(error))?
    }
}

fn encode_all(tokenizer: &Tokenizer, texts: &[String]) -> PortResult<Vec<Vec<u32>>> {
    texts.iter().map(|text| tokenizer.encode(text)).collect()
}

#[async_trait]
impl Encoder for LocalEncoder {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings> {
        self.batcher.admit(lane)?;
        let tokens = self.tokenise(texts).await?;
        if let Some(token) = tokens.iter().flatten().find(|&&token| token as usize >= self.vocabulary) {
            let words = self.vocabulary;
            return Err(PortError::corrupt(format!(
                "tokenizer.json makes token {token}, the model has {words}"
            )));
        }
        let count = tokens.iter().map(|tokens| tokens.len() as u64).sum();
        let vectors = self.batcher.encode(tokens, lane).await?;
        Ok(Embeddings { dimensions: self.info.dimensions, data: vectors.concat(), tokens: count })
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}

impl fmt::Debug for LocalEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEncoder").field("model", &self.info).finish_non_exhaustive()
    }
}
