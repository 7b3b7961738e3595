use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use catalejo_port::{PortResult, observe, record};

use crate::{Broker, Dead, Delivery, Depth, Message};

/// Counts and times every call: `catalejo_broker_operations_total{operation,outcome}` (for `receive` the outcome is
/// `some`, `none` or the error's kind) and `catalejo_broker_seconds{operation}`, waiting included.
#[derive(Debug)]
pub struct Metered {
    inner: Arc<dyn Broker>,
}

impl Metered {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Broker>) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl Broker for Metered {
    async fn declare(&self, topic: &str, group: &str) -> PortResult<()> {
        observe("broker", "declare", self.inner.declare(topic, group)).await
    }

    async fn publish(&self, topic: &str, messages: Vec<Message>) -> PortResult<()> {
        observe("broker", "publish", self.inner.publish(topic, messages)).await
    }

    async fn receive(
        &self,
        topic: &str,
        group: &str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> PortResult<Vec<Delivery>> {
        let begun = Instant::now();
        let result = self.inner.receive(topic, group, max, lease, wait).await;
        let outcome = match &result {
            Ok(deliveries) if deliveries.is_empty() => "none",
            Ok(_) => "some",
            Err(error) => error.kind().as_str(),
        };
        record("broker", "receive", outcome, begun.elapsed());
        result
    }

    async fn ack(&self, delivery: &Delivery) -> PortResult<()> {
        observe("broker", "ack", self.inner.ack(delivery)).await
    }

    async fn retry(&self, delivery: &Delivery, delay: Duration) -> PortResult<()> {
        observe("broker", "retry", self.inner.retry(delivery, delay)).await
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) -> PortResult<()> {
        observe("broker", "bury", self.inner.bury(delivery, reason)).await
    }

    async fn extend(&self, delivery: &Delivery, lease: Duration) -> PortResult<()> {
        observe("broker", "extend", self.inner.extend(delivery, lease)).await
    }

    async fn dead(
        &self,
        topic: &str,
        group: &str,
        after: Option<&str>,
        limit: usize,
    ) -> PortResult<Vec<Dead>> {
        observe("broker", "dead", self.inner.dead(topic, group, after, limit)).await
    }

    async fn replay(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64> {
        observe("broker", "replay", self.inner.replay(topic, group, ids)).await
    }

    async fn discard(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64> {
        observe("broker", "discard", self.inner.discard(topic, group, ids)).await
    }

    async fn depth(&self, topic: &str, group: &str) -> PortResult<Depth> {
        observe("broker", "depth", self.inner.depth(topic, group)).await
    }

    async fn ping(&self) -> PortResult<()> {
        observe("broker", "ping", self.inner.ping()).await
    }
}
