use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_port::PortResult;

use crate::Cache;

/// Keeps nothing: every question is answered anew.
#[derive(Debug, Clone, Copy)]
pub struct NoCache;

#[async_trait]
impl Cache for NoCache {
    async fn get(&self, _key: &str) -> PortResult<Option<Bytes>> {
        Ok(None)
    }

    async fn set(&self, _key: &str, _value: Bytes, _ttl: Duration) -> PortResult<()> {
        Ok(())
    }

    async fn remove(&self, _key: &str) -> PortResult<()> {
        Ok(())
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}
