//! The cache port: answers kept for a while, by key. Never a source of truth.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::PortResult;

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
