//! The cache port: answers kept for a while, by key. Never a source of truth.
//!
//! | URL | meaning |
//! |---|---|
//! | `memory:?max_mb=64` | in this process, bounded in bytes |
//! | `none:` | nothing is kept |

#![cfg_attr(any(test, feature = "suite"), allow(clippy::unwrap_used, clippy::panic))]

mod forgiving;
mod memory;
mod metered;
mod none;
#[cfg(any(test, feature = "suite"))]
pub mod suite;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::{BackendUrl, PortResult, unknown_scheme};

pub use forgiving::Forgiving;
pub use memory::MemoryCache;
pub use metered::Metered;
pub use none::NoCache;

/// A cache shared by all roles of an installation.
///
/// # Contract
/// - Keys are any text of any length and script; values any bytes.
/// - What was set *may* be answered until `ttl` has passed, and never after it.
/// - `set` of a present key replaces its value and its life time.
/// - An entry may vanish at any moment (memory bound, restart). A missing key is `None`, not an error.
/// - Callers treat an error like a miss: a cache that fails slows a request, it does not fail it.
#[async_trait]
pub trait Cache: Debug + Send + Sync {
    /// The value of `key`, if it is still there.
    async fn get(&self, key: &str) -> PortResult<Option<Bytes>>;

    /// Keeps `value` under `key` for at most `ttl`.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> PortResult<()>;

    /// Forgets `key`; a missing key is no error.
    async fn remove(&self, key: &str) -> PortResult<()>;

    /// Whether the backend answers, for readiness and `check`.
    async fn ping(&self) -> PortResult<()>;
}

/// Opens the cache that `url` names.
pub async fn open(url: &BackendUrl) -> PortResult<Arc<dyn Cache>> {
    match url.scheme() {
        "memory" => {
            url.known_options("cache", &["max_mb"])?;
            let max_mb = url.option_as::<u32>("max_mb")?.unwrap_or(64);
            Ok(Arc::new(MemoryCache::new(u64::from(max_mb) << 20)))
        }
        "none" => {
            url.known_options("cache", &[])?;
            Ok(Arc::new(NoCache))
        }
        _ => {
            let left_out = [("memcached", "memcached"), ("redis", "redis")];
            Err(unknown_scheme("cache", url, &["memory", "none"], &left_out))
        }
    }
}
