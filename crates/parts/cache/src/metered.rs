use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::{PortResult, observe, record};

use crate::Cache;

/// Counts and times every call: `catalejo_cache_operations_total{operation,outcome}` (for `get` the outcome is
/// `hit`, `miss` or the error's kind) and `catalejo_cache_seconds{operation}`.
#[derive(Debug)]
pub struct Metered {
    inner: Arc<dyn Cache>,
}

impl Metered {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Cache>) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl Cache for Metered {
    async fn get(&self, key: &str) -> PortResult<Option<Bytes>> {
        let begun = Instant::now();
        let result = self.inner.get(key).await;
        let outcome = match &result {
            Ok(Some(_)) => "hit",
            Ok(None) => "miss",
            Err(error) => error.kind().as_str(),
        };
        record("cache", "get", outcome, begun.elapsed());
        result
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> PortResult<()> {
        observe("cache", "set", self.inner.set(key, value, ttl)).await
    }

    async fn remove(&self, key: &str) -> PortResult<()> {
        observe("cache", "remove", self.inner.remove(key)).await
    }

    async fn ping(&self) -> PortResult<()> {
        observe("cache", "ping", self.inner.ping()).await
    }
}
