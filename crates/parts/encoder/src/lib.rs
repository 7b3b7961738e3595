//! The encoder port: texts to vectors.
//!
//! [`open`] makes an [`Encoder`] from a URL: a model folder encoded in this process ([`LocalEncoder`]) or another
//! Catalejo's encoder role ([`RemoteEncoder`]). [`suite`] holds the contract as tests over any of them.
//!
//! The local encoder keeps no padding anywhere: the tokens of all texts of a group stand one after the other, the
//! linear layers see them as one matrix, and attention looks at each text's own rows. Calls running at the same
//! time are gathered into groups by token count; a long text that is alone is spread over the idle threads.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod attention;
mod batcher;
mod client;
mod config;
mod download;
mod fingerprint;
mod http;
mod kernels;
mod layer;
mod linear;
mod local;
mod metered;
mod model;
mod pooling;
mod resolve;
pub mod suite;
mod team;
mod tokenizer;
mod types;
mod weights;

use std::fmt::Debug;

use async_trait::async_trait;
use catalejo_port::PortResult;

pub use http::{LANE_HEADER, ModelReply, RemoteEncoder};
pub use local::{LocalEncoder, LocalOptions};
pub use metered::Metered;
pub use resolve::open;
pub use types::{Embeddings, Lane, ModelInfo};

/// Turns texts into vectors.
///
/// # Contract
/// - Same text, same vector (to 1e-5 in fp32), whatever else is in the call or running beside it.
/// - Vectors have [`ModelInfo::dimensions`] components, in the order of the texts.
/// - A text longer than [`ModelInfo::max_tokens`] is cut, not refused. An empty text is a text.
/// - Memory is bounded by the model plus a fixed scratch, whatever the number of callers.
/// - Concurrent calls are batched together by token count. On [`Lane::Interactive`] a full queue is an error of
///   kind `Busy` with a retry hint; on [`Lane::Bulk`] the call waits for room, and gives way to interactive calls.
#[async_trait]
pub trait Encoder: Debug + Send + Sync {
    /// The model behind this encoder.
    fn model(&self) -> &ModelInfo;

    /// The vectors of `texts`. No texts, no vectors.
    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings>;

    /// Whether the backend answers, for readiness and `check`.
    async fn ping(&self) -> PortResult<()>;
}

#[async_trait]
impl<E: Encoder + ?Sized> Encoder for std::sync::Arc<E> {
    fn model(&self) -> &ModelInfo {
        (**self).model()
    }

    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings> {
        (**self).encode(texts, lane).await
    }

    async fn ping(&self) -> PortResult<()> {
        (**self).ping().await
    }
}
