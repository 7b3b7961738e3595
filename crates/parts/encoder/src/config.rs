//! What a model folder in the hub's layout says about itself.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use catalejo_port::{PortError, PortResult};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::attention::DistanceBias;
use crate::kernels::Activation;

/// The transformer families that differ in how positions enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Positions from 0, token types.
    Bert,
    /// XLM-R and the other RoBERTas: positions after the padding's number, one token type.
    Roberta,
    /// Positions after the padding's number, no token types, and a bias by distance in every attention.
    Mpnet,
}

/// `config.json`, as far as inference needs it.
#[derive(Debug, Clone)]
pub(crate) struct TransformerConfig {
    pub family: Family,
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub intermediate: usize,
    pub activation: Activation,
    pub epsilon: f32,
    /// The token that gets no position of its own where positions count from it.
    pub padding_id: Option<u32>,
    /// Rows of the position table.
    pub positions: usize,
}

impl TransformerConfig {
    pub fn read(folder: &Path) -> PortResult<Self> {
        let path = folder.join("config.json");
        let raw: RawConfig = read_json(&path)?;
        raw.check().map_err(|why| broken(&path, why))
    }

    /// The number of the first token's position.
    pub fn first_position(&self) -> usize {
        self.padding_id.map_or(0, |id| id as usize + 1)
    }

    /// Tokens for which there are positions.
    pub fn max_tokens(&self) -> usize {
        self.positions - self.first_position()
    }
}

#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f32,
    pad_token_id: Option<u32>,
    #[serde(default = "default_buckets")]
    relative_attention_num_buckets: usize,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

fn gelu() -> String {
    "gelu".into()
}

fn default_epsilon() -> f32 {
    1e-12
}

fn default_buckets() -> usize {
    DistanceBias::BUCKETS
}

impl RawConfig {
    fn check(self) -> Result<TransformerConfig, String> {
        let family = match self.model_type.as_str() {
            "bert" => Family::Bert,
            "roberta" | "xlm-roberta" | "camembert" => Family::Roberta,
            "mpnet" => Family::Mpnet,
            other => {
                return Err(format!(
                    "`model_type` is `{other}`; the known ones are bert, roberta, xlm-roberta, camembert and mpnet"
                ));
            }
        };
        if self.is_decoder {
            return Err("`is_decoder` is set: only encoders are supported".into());
        }
        if let Some(other) = self.position_embedding_type.filter(|kind| kind != "absolute") {
            return Err(format!("`position_embedding_type` is `{other}`; only `absolute` is supported"));
        }
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        if hidden == 0 || heads == 0 || hidden % heads != 0 {
            return Err(format!("`hidden_size` {hidden} does not divide into {heads} `num_attention_heads`"));
        }
        let padding_id = match family {
            Family::Bert => None,
            Family::Roberta => Some(self.pad_token_id.unwrap_or(1)),
            // the reference fixes it in its code, whatever the configuration says
            Family::Mpnet => Some(1),
        };
        if self.max_position_embeddings <= padding_id.map_or(0, |id| id as usize + 1) {
            return Err("`max_position_embeddings` leaves no position for a token".into());
        }
        if self.relative_attention_num_buckets != DistanceBias::BUCKETS {
            return Err(format!("`relative_attention_num_buckets` must be {}", DistanceBias::BUCKETS));
        }
        Ok(TransformerConfig {
            family,
            hidden,
            layers: self.num_hidden_layers,
            heads,
            intermediate: self.intermediate_size,
            activation: activation(&self.hidden_act)?,
            epsilon: self.layer_norm_eps,
            padding_id,
            positions: self.max_position_embeddings,
        })
    }
}

fn activation(name: &str) -> Result<Activation, String> {
    match name {
        "gelu" | "gelu_python" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(format!("`hidden_act` is `{other}`; the known ones are gelu, gelu_new and relu")),
    }
}

/// One step of `modules.json`, with its own folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModuleKind {
    Transformer,
    Pooling,
    Dense,
    Normalize,
}

/// The steps from text to vector. Without `modules.json` the reference library means the average, and so do we.
pub(crate) fn read_modules(root: &Path) -> PortResult<Option<Vec<(ModuleKind, PathBuf)>>> {
    #[derive(Deserialize)]
    struct Module {
        path: String,
        #[serde(rename = "type")]
        kind: String,
    }
    let path = root.join("modules.json");
    let Some(modules) = read_json_if_there::<Vec<Module>>(&path)? else { return Ok(None) };
    let mut steps = Vec::new();
    for module in modules {
        let kind = match module.kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" => ModuleKind::Transformer,
            "Pooling" => ModuleKind::Pooling,
            "Dense" => ModuleKind::Dense,
            "Normalize" => ModuleKind::Normalize,
            // has no effect outside training
            "Dropout" => continue,
            _ => {
                let known = "Transformer, Pooling, Dense, Normalize and Dropout";
                let why = format!("the module `{}` is unknown; the known ones are {known}", module.kind);
                return Err(broken(&path, why));
            }
        };
        if Path::new(&module.path).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(broken(&path, format!("the module's path `{}` leaves the folder", module.path)));
        }
        steps.push((kind, root.join(module.path)));
    }
    if steps.first().is_none_or(|(kind, _)| *kind != ModuleKind::Transformer) {
        return Err(broken(&path, "the first module must be a Transformer"));
    }
    Ok(Some(steps))
}

/// How text is cut and spelt before the tokenizer sees it.
#[derive(Debug, Clone)]
pub(crate) struct TextConfig {
    /// Tokens after which a text is cut, the special ones included.
    pub max_tokens: usize,
    pub lower_case: bool,
    /// What is put before every text.
    pub prompt: String,
}

impl TextConfig {
    /// `sentence_bert_config.json` decides the length; without it the tokenizer's, within the model's positions.
    pub fn read(root: &Path, transformer: &Path, config: &TransformerConfig) -> PortResult<Self> {
        #[derive(Deserialize, Default)]
        struct Sentence {
            max_seq_length: Option<usize>,
            #[serde(default)]
            do_lower_case: bool,
        }
        #[derive(Deserialize, Default)]
        struct Tokenizer {
            // "unlimited" is written as the float 1e30
            model_max_length: Option<f64>,
        }
        #[derive(Deserialize, Default)]
        struct Prompts {
            #[serde(default)]
            prompts: HashMap<String, String>,
            default_prompt_name: Option<String>,
        }
        let sentence: Sentence =
            read_json_if_there(&transformer.join("sentence_bert_config.json"))?.unwrap_or_default();
        let tokenizer: Tokenizer =
            read_json_if_there(&transformer.join("tokenizer_config.json"))?.unwrap_or_default();
        let prompts_path = root.join("config_sentence_transformers.json");
        let mut prompts: Prompts = read_json_if_there(&prompts_path)?.unwrap_or_default();

        let wanted =
            sentence.max_seq_length.or(tokenizer.model_max_length.map(|n| n as usize)).unwrap_or(usize::MAX);
        let prompt = match prompts.default_prompt_name {
            Some(name) => prompts.prompts.remove(&name).ok_or_else(|| {
                broken(&prompts_path, format!("`default_prompt_name` is `{name}`, which `prompts` lacks"))
            })?,
            None => String::new(),
        };
        Ok(Self { max_tokens: wanted.min(config.max_tokens()), lower_case: sentence.do_lower_case, prompt })
    }
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> PortResult<T> {
    read_json_if_there(path)?.ok_or_else(|| missing(path, "every model folder in the hub's layout has it"))
}

pub(crate) fn read_json_if_there<T: DeserializeOwned>(path: &Path) -> PortResult<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(path, "cannot be read").with_source(error)),
    };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|error| broken(path, "is not what was expected").with_source(error))
}

pub(crate) fn broken(path: &Path, why: impl std::fmt::Display) -> PortError {
    PortError::corrupt(format!("model file {}: {why}", path.display()))
}

pub(crate) fn missing(path: &Path, why: &str) -> PortError {
    PortError::not_found(format!("model file {} is missing: {why}", path.display()))
}
