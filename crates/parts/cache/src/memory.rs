use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::PortResult;
use moka::Expiry;
use moka::future;

use crate::Cache;

/// What an entry costs besides key and value: a generous estimate of the bookkeeping.
const ENTRY_OVERHEAD: usize = 256;

/// Keeps entries in this process, the most used ones within a bound in bytes.
#[derive(Debug, Clone)]
pub struct MemoryCache {
    entries: future::Cache<Arc<str>, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    value: Bytes,
    ttl: Duration,
}

/// The life time that came with each `set`.
struct Ttl;

impl Expiry<Arc<str>, Entry> for Ttl {
    fn expire_after_create(&self, _key: &Arc<str>, entry: &Entry, _now: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _key: &Arc<str>,
        entry: &Entry,
        _now: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl MemoryCache {
    /// A cache for `max_bytes` of keys, values and bookkeeping.
    pub fn new(max_bytes: u64) -> Self {
        let entries = future::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &Arc<str>, entry: &Entry| {
                (key.len() + entry.value.len() + ENTRY_OVERHEAD).try_into().unwrap_or(u32::MAX)
            })
            .expire_after(Ttl)
            .build();
        Self { entries }
    }

    /// The bytes in use, after pending evictions.
    pub async fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks().await;
        self.entries.weighted_size()
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> PortResult<Option<Bytes>> {
        Ok(self.entries.get(key).await.map(|entry| entry.value))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> PortResult<()> {
        if ttl.is_zero() {
            return self.remove(key).await;
        }
        // A slice would keep the whole buffer alive that it was cut from, unseen by the bound.
        let value = Bytes::copy_from_slice(&value);
        self.entries.insert(key.into(), Entry { value, ttl }).await;
        Ok(())
    }

    async fn remove(&self, key: &str) -> PortResult<()> {
        self.entries.invalidate(key).await;
        Ok(())
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}
