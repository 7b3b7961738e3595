use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::{PortResult, with_timeout};

use crate::Cache;

/// Makes a failing cache look empty, so that no caller has to. Logs once when it begins to fail and once when
/// it works again; `ping` still tells the truth.
#[derive(Debug)]
pub struct Forgiving {
    inner: Arc<dyn Cache>,
    limit: Option<Duration>,
    failing: AtomicBool,
}

impl Forgiving {
    /// Wraps `inner`. A call that takes longer than `limit` counts as failed: a slow cache is worse than none.
    pub fn new(inner: Arc<dyn Cache>, limit: Option<Duration>) -> Self {
        Self { inner, limit, failing: AtomicBool::new(false) }
    }

    async fn forgive<T: Default>(&self, call: impl Future<Output = PortResult<T>>) -> PortResult<T> {
        let result = match self.limit {
            Some(limit) => with_timeout("cache", limit, call).await,
            None => call.await,
        };
        let failed_before = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Err(error) if !failed_before => tracing::warn!(%error, "the cache fails; going on without it"),
            Ok(_) if failed_before => tracing::info!("the cache works again"),
            _ => {}
        }
        Ok(result.unwrap_or_default())
    }
}

#[async_trait]
impl Cache for Forgiving {
    async fn get(&self, key: &str) -> PortResult<Option<Bytes>> {
        self.forgive(self.inner.get(key)).await
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> PortResult<()> {
        self.forgive(self.inner.set(key, value, ttl)).await
    }

    async fn remove(&self, key: &str) -> PortResult<()> {
        self.forgive(self.inner.remove(key)).await
    }

    async fn ping(&self) -> PortResult<()> {
        self.inner.ping().await
    }
}
