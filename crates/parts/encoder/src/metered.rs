//! Counts and times the calls to any encoder.

use std::time::Instant;

use async_trait::async_trait;
use catalejo_port::PortResult;
use metrics::{counter, gauge, histogram};

use crate::{Embeddings, Encoder, Lane, ModelInfo};

/// A decorator that measures, per lane:
/// - `catalejo_encoder_seconds`: histogram of calls' times, queueing included,
/// - `catalejo_encoder_texts_total`, `catalejo_encoder_tokens_total`: what was encoded,
/// - `catalejo_encoder_errors_total`: failed calls, by `kind`,
/// - `catalejo_encoder_calls`: calls that wait for their answer now.
#[derive(Debug)]
pub struct Metered<E> {
    inner: E,
}

impl<E: Encoder> Metered<E> {
    /// Measures `inner`.
    pub fn new(inner: E) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl<E: Encoder> Encoder for Metered<E> {
    fn model(&self) -> &ModelInfo {
        self.inner.model()
    }

    async fn encode(&self, texts: &[String], lane: Lane) -> PortResult<Embeddings> {
        let name = lane.as_str();
        let _call = Call::begin(name);
        let start = Instant::now();
        let result = self.inner.encode(texts, lane).await;
        histogram!("catalejo_encoder_seconds", "lane" => name).record(start.elapsed().as_secs_f64());
        match &result {
            Ok(embeddings) => {
                counter!("catalejo_encoder_texts_total", "lane" => name).increment(texts.len() as u64);
                counter!("catalejo_encoder_tokens_total", "lane" => name).increment(embeddings.tokens);
            }
            Err(error) => {
                let kind = error.kind().as_str();
                counter!("catalejo_encoder_errors_total", "lane" => name, "kind" => kind).increment(1);
            }
        }
        result
    }

    async fn ping(&self) -> PortResult<()> {
        self.inner.ping().await
    }
}

/// A call under way; counted down even when the caller gives up.
struct Call(&'static str);

impl Call {
    fn begin(lane: &'static str) -> Self {
        gauge!("catalejo_encoder_calls", "lane" => lane).increment(1.0);
        Self(lane)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        gauge!("catalejo_encoder_calls", "lane" => self.0).decrement(1.0);
    }
}
