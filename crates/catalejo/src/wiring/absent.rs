//! What stands in for an encoder where no model is installed: everything else works, and encoding says why it cannot.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use catalejo_encoder::{Embeddings, Encoder, Lane, ModelInfo};
use catalejo_port::{PortError, PortResult};
use serde_json::{Value, json};

const FILE: &str = "model.json";
/// Of the model that `make run` fetches, so that the first one installed fits most often.
const DIMENSIONS: usize = 384;

/// Refuses to encode, in the name of the model that was here last: its absence must not look like a change.
#[derive(Debug)]
pub struct AbsentEncoder {
    model: ModelInfo,
    reason: Arc<PortError>,
}

impl AbsentEncoder {
    /// Stands in for the model that was last remembered in the data folder.
    pub fn new(data: &Path, reason: Arc<PortError>) -> Self {
        Self { model: recall(data).unwrap_or_else(none), reason }
    }

    fn why(&self) -> PortError {
        PortError::unreachable(self.reason.to_string())
    }
}

#[async_trait]
impl Encoder for AbsentEncoder {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    async fn encode(&self, texts: &[String], _: Lane) -> PortResult<Embeddings> {
        match texts.is_empty() {
            true => Ok(Embeddings { dimensions: self.model.dimensions, data: Vec::new(), tokens: 0 }),
            false => Err(self.why()),
        }
    }

    async fn ping(&self) -> PortResult<()> {
        Err(self.why())
    }
}

/// Notes which model fills the indexes.
pub fn remember(data: &Path, model: &ModelInfo) -> std::io::Result<()> {
    let text = json!({
        "name": model.name, "fingerprint": model.fingerprint,
        "dimensions": model.dimensions, "max_tokens": model.max_tokens,
    });
    std::fs::write(data.join(FILE), text.to_string())
}

fn recall(data: &Path) -> Option<ModelInfo> {
    let note: Value = serde_json::from_slice(&std::fs::read(data.join(FILE)).ok()?).ok()?;
    let number = |name: &str| note[name].as_u64().and_then(|n| usize::try_from(n).ok());
    Some(ModelInfo {
        name: note["name"].as_str()?.to_owned(),
        fingerprint: note["fingerprint"].as_str()?.to_owned(),
        dimensions: number("dimensions")?,
        max_tokens: number("max_tokens")?,
    })
}

fn none() -> ModelInfo {
    ModelInfo { name: "none".into(), fingerprint: "none".into(), dimensions: DIMENSIONS, max_tokens: 256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_the_name_of_the_model_that_went_and_says_why_it_cannot() {
        let data = tempfile::tempdir().unwrap();
        let reason = Arc::new(PortError::not_found("no model folder"));
        assert_eq!(AbsentEncoder::new(data.path(), reason.clone()).model().name, "none");
        let model = ModelInfo { name: "m".into(), fingerprint: "f".into(), dimensions: 7, max_tokens: 9 };
        remember(data.path(), &model).unwrap();
        let absent = AbsentEncoder::new(data.path(), reason);
        assert_eq!(absent.model(), &model);
        let error = absent.encode(&["x".into()], Lane::Bulk).await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("no model folder"), "{error}");
    }
}
