//! The encoder of another Catalejo, over HTTP in OpenAI's form.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use catalejo_port::{BackendUrl, ErrorKind, PortError, PortResult, Secret};
use reqwest::header::RETRY_AFTER;
use serde::{Deserialize, Serialize};

use crate::client::{self, status_error, transport_error};
use crate::{Embeddings, Encoder, Lane, ModelInfo};

/// The header that tells the other side which [`Lane`] a request belongs to: `interactive` (its default) or `bulk`.
pub const LANE_HEADER: &str = "x-catalejo-lane";

/// Texts of one request, and their bytes unless it is one text; more go into several, so that bodies stay small.
const TEXTS: usize = 128;
const BYTES: usize = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest wait between two tries on the bulk lane, whatever the server's hint says.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What `GET /v1/encoder` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelReply {
    /// See [`ModelInfo::name`].
    pub name: String,
    /// See [`ModelInfo::fingerprint`].
    pub fingerprint: String,
    /// See [`ModelInfo::dimensions`].
    pub dimensions: usize,
    /// See [`ModelInfo::max_tokens`].
    pub max_tokens: usize,
}

impl From<&ModelInfo> for ModelReply {
    fn from(info: &ModelInfo) -> Self {
        let ModelInfo { name, fingerprint, dimensions, max_tokens } = info.clone();
        Self { name, fingerprint, dimensions, max_tokens }
    }
}

impl From<ModelReply> for ModelInfo {
    fn from(reply: ModelReply) -> Self {
        let ModelReply { name, fingerprint, dimensions, max_tokens } = reply;
        Self { name, fingerprint, dimensions, max_tokens }
    }
}

/// Speaks `POST /v1/embeddings` and `GET /v1/encoder` below the URL's path.
///
/// On [`Lane::Bulk`] a busy server is asked again after its own hint, for as long as the caller waits.
pub struct RemoteEncoder {
    client: reqwest::Client,
    endpoint: String,
    key: Option<Secret>,
    info: ModelInfo,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
}

#[derive(Deserialize)]
struct Reply {
    data: Vec<Item>,
    usage: Usage,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Usage {
    total_tokens: u64,
}

impl RemoteEncoder {
    /// Asks the server which model it has.
    pub async fn open(url: &BackendUrl) -> PortResult<Self> {
        let endpoint = url.endpoint().ok_or_else(|| PortError::invalid("encoder: the URL names no host"))?;
        let timeout = url.option_as("timeout_secs")?.map_or(TIMEOUT, Duration::from_secs);
        let mut encoder = Self {
            client: client::new(Some(timeout))?,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            key: url.option("key").map(Secret::new).or_else(|| url.password().cloned()),
            info: ModelInfo { name: String::new(), fingerprint: String::new(), dimensions: 0, max_tokens: 0 },
        };
        encoder.info = encoder.ask_model().await?;
        Ok(encoder)
    }

    async fn ask_model(&self) -> PortResult<ModelInfo> {
        let address = format!("{}/v1/encoder", self.endpoint);
        let reply: ModelReply = self.send(self.client.get(&address), &address).await?;
        if reply.dimensions == 0 {
            return Err(PortError::corrupt(format!("{address} answered with a model of no dimensions")));
        }
        Ok(reply.into())
    }

    async fn send<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
        address: &str,
    ) -> PortResult<T> {
        let request = match &self.key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        };
        let what = format!("encoder {address}");
        let response = request.send().await.map_err(|error| transport_error(&what, error))?;
        let status = response.status();
        if !status.is_success() {
            let hint =
                response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let hint = hint.filter(|seconds: &f64| (0.0..1e6).contains(seconds));
            return Err(status_error(&what, status, hint.map(Duration::from_secs_f64)));
        }
        response.json().await.map_err(|error| transport_error(&what, error))
    }

    /// Encodes what fits into one request, appending to `all`.
    async fn encode_some(&self, texts: &[String], lane: Lane, all: &mut Embeddings) -> PortResult<()> {
        let address = format!("{}/v1/embeddings", self.endpoint);
        let reply: Reply = loop {
            let request = self.client.post(&address).header(LANE_HEADER, lane.as_str());
            let request = request.json(&Request { model: &self.info.name, input: texts });
            match self.send(request, &address).await {
                Err(error) if lane == Lane::Bulk && error.kind() == ErrorKind::Busy => {
                    let hint = error.retry_after().unwrap_or(LONGEST_WAIT);
                    tokio::time::sleep(hint.min(LONGEST_WAIT)).await;
                }
                other => break other?,
            }
        };
        let (dimensions, start) = (self.info.dimensions, all.data.len());
        let mut seen = vec![false; texts.len()];
        all.data.resize(start + texts.len() * dimensions, 0.0);
        for item in &reply.data {
            let (Some(seen), true) = (seen.get_mut(item.index), item.embedding.len() == dimensions) else {
                let why = format!("vector {} of {} components", item.index, item.embedding.len());
                let asked = format!("{} texts at {dimensions} dimensions", texts.len());
                return Err(PortError::corrupt(format!("{address} answered with {why} for {asked}")));
            };
            *seen = true;
            all.data[start + item.index * dimensions..][..dimensions].copy_from_slice(&item.embedding);
        }
        if seen.contains(&false) {
            return Err(PortError::corrupt(format!("{address} left out some of the vectors")));
        }
        all.tokens += reply.usage.total_tokens;
        Ok(())
    }
}

#[async_trait]
impl Encoder for RemoteEncoder {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings> {
        let mut all = Embeddings { dimensions: self.info.dimensions, data: Vec::new(), tokens: 0 };
        for some in requests(texts) {
            self.encode_some(some, lane, &mut all).await?;
        }
        Ok(all)
    }

    /// Also fails, with `Conflict`, when the server has another model than at the start.
    async fn ping(&self) -> PortResult<()> {
        let now = self.ask_model().await?;
        if now.fingerprint == self.info.fingerprint {
            return Ok(());
        }
        let (was, now) = (&self.info.name, now.name);
        Err(PortError::conflict(format!(
            "encoder {} now has the model {now} instead of {was}",
            self.endpoint
        )))
    }
}

/// Cuts the texts of a call into those of its requests.
fn requests(mut texts: &[String]) -> impl Iterator<Item = &[String]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |text: &&String| {
            bytes += text.len();
            bytes <= BYTES
        };
        let count = texts.iter().take(TEXTS).take_while(fits).count().max(1);
        let (now, rest) = texts.split_at_checked(count)?;
        texts = rest;
        Some(now)
    })
}

impl fmt::Debug for RemoteEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RemoteEncoder");
        debug.field("endpoint", &self.endpoint).field("model", &self.info).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_cut_by_texts_and_bytes() {
        let texts = |sizes: &[usize]| sizes.iter().map(|&size| "x".repeat(size)).collect::<Vec<_>>();
        let counts = |sizes: &[usize]| requests(&texts(sizes)).map(<[String]>::len).collect::<Vec<_>>();
        assert!(counts(&[]).is_empty());
        assert_eq!(counts(&[1; 300]), [128, 128, 44]);
        assert_eq!(counts(&[BYTES / 2, BYTES / 2, 1]), [2, 1]);
        assert_eq!(counts(&[3 * BYTES, 1, BYTES]), [1, 1, 1]);
    }
}
