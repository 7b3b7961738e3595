//! Fetches a model's files from the hub, by the hub's ordinary addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use catalejo_port::{PortError, PortResult};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::client::{self, transport_error};
use crate::config::read_json;

/// Where models are fetched from when the URL's option `hub` does not say.
pub(crate) const HUB: &str = "https://huggingface.co";

/// Fetches the model `name` into `folder`, which must not exist: it appears when every file has come, whole.
pub(crate) async fn download(hub: &str, name: &str, folder: &Path) -> PortResult<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tokio::fs::create_dir_all(parent).await.map_err(|error| unwritable(parent, error))?;
    let partial = partial(folder);
    // what an interrupted download has left
    let _ = tokio::fs::remove_dir_all(&partial).await;
    let hub = Hub {
        client: client::new(None)?,
        base: format!("{}/{name}/resolve/main", hub.trim_end_matches('/')),
    };
    tracing::info!(model = name, folder = %folder.display(), "downloading the encoder's model");
    let result = match hub.model(&partial).await {
        Ok(()) => tokio::fs::rename(&partial, folder).await.map_err(|error| unwritable(folder, error)),
        Err(error) => Err(error),
    };
    if result.is_err() {
        let _ = tokio::fs::remove_dir_all(&partial).await;
    }
    result
}

struct Hub {
    client: reqwest::Client,
    /// What stands before a file's name.
    base: String,
}

impl Hub {
    async fn model(&self, folder: &Path) -> PortResult<()> {
        #[derive(Deserialize)]
        struct Module {
            path: String,
            #[serde(rename = "type")]
            kind: String,
        }
        self.optional(folder, "config_sentence_transformers.json").await?;
        let mut transformer = String::new();
        if self.optional(folder, "modules.json").await? {
            for module in read_json::<Vec<Module>>(&folder.join("modules.json"))? {
                let path = if module.path.is_empty() { String::new() } else { format!("{}/", module.path) };
                match module.kind.rsplit('.').next().unwrap_or_default() {
                    "Transformer" => transformer = path,
                    "Pooling" => self.required(folder, &format!("{path}config.json")).await?,
                    "Dense" => {
                        self.required(folder, &format!("{path}config.json")).await?;
                        self.weights(folder, &path).await?;
                    }
                    _ => {}
                }
            }
        }
        for file in ["config.json", "tokenizer.json"] {
            self.required(folder, &format!("{transformer}{file}")).await?;
        }
        for file in ["sentence_bert_config.json", "tokenizer_config.json"] {
            self.optional(folder, &format!("{transformer}{file}")).await?;
        }
        self.weights(folder, &transformer).await
    }

    /// One file of weights, or the shards of a large model.
    async fn weights(&self, folder: &Path, prefix: &str) -> PortResult<()> {
        #[derive(Deserialize)]
        struct Index {
            weight_map: BTreeMap<String, String>,
        }
        let index = format!("{prefix}model.safetensors.index.json");
        if !self.optional(folder, &index).await? {
            return self.required(folder, &format!("{prefix}model.safetensors")).await;
        }
        let index: Index = read_json(&folder.join(index))?;
        for shard in index.weight_map.into_values().collect::<BTreeSet<_>>() {
            self.required(folder, &format!("{prefix}{shard}")).await?;
        }
        Ok(())
    }

    async fn required(&self, folder: &Path, file: &str) -> PortResult<()> {
        if self.optional(folder, file).await? {
            return Ok(());
        }
        Err(PortError::not_found(format!("the hub has no {}/{file}: is the model's name right?", self.base)))
    }

    /// Fetches a file; `false` if the hub does not have it.
    async fn optional(&self, folder: &Path, file: &str) -> PortResult<bool> {
        if file.split('/').any(|part| matches!(part, ".." | "." | "")) {
            return Err(PortError::corrupt(format!("the model names a file outside its folder: {file}")));
        }
        let address = format!("{}/{file}", self.base);
        let failed = |error| transport_error(&format!("cannot fetch {address}"), error);
        let mut response = self.client.get(&address).send().await.map_err(failed)?;
        let status = response.status();
        if status == reqwest::StatusCode::NOT_FOUND {
            return Ok(false);
        }
        if !status.is_success() {
            return Err(client::status_error(&format!("cannot fetch {address}"), status, None));
        }
        let path = folder.join(file);
        let parent = path.parent().unwrap_or(folder);
        tokio::fs::create_dir_all(parent).await.map_err(|error| unwritable(parent, error))?;
        let mut to = tokio::fs::File::create(&path).await.map_err(|error| unwritable(&path, error))?;
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            to.write_all(&chunk).await.map_err(|error| unwritable(&path, error))?;
        }
        to.sync_all().await.map_err(|error| unwritable(&path, error))?;
        tracing::debug!(file, "fetched");
        Ok(true)
    }
}

/// The folder's name while files still come.
fn partial(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    folder.with_file_name(name)
}

fn unwritable(path: &Path, error: std::io::Error) -> PortError {
    PortError::internal(format!("cannot write {}", path.display())).with_source(error)
}
