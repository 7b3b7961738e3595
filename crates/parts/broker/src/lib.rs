//! The broker port: durable topics that competing consumers share, at least once.
//!
//! | URL | meaning |
//! |---|---|
//! | `embedded:` | the file `broker/broker.sqlite` in the data folder |
//! | `embedded:PATH` | that file |

#![cfg_attr(any(test, feature = "suite"), allow(clippy::unwrap_used, clippy::panic))]

mod embedded;
mod metered;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod types;

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use catalejo_port::{BackendUrl, PortError, PortResult, unknown_scheme};

pub use embedded::Embedded;
pub use metered::Metered;
pub use types::{Dead, Delivery, Depth, Message};

/// Work queues and streams.
///
/// # Contract
/// - **Durable**: when `publish` returns, the messages survive `kill -9` of every process of ours.
///   A batch is kept whole or not at all.
/// - **At least once**: each group that exists on a topic receives each message until one delivery of it is
///   acknowledged or buried. A delivery that is neither within its lease comes again, with `attempt` raised.
/// - **Shared**: consumers of one group compete; different groups each receive everything published since
///   they were declared with [`Broker::declare`]. Declaring is idempotent; a topic without a group keeps nothing.
/// - **Ordered**, where the backend is a log: messages of one key keep their order while each is acknowledged
///   in turn. The embedded backend delivers ready messages oldest first.
/// - `ack`, `retry` and `bury` of a delivery whose lease has run out are errors of kind `Conflict`
///   when somebody else holds it by now; nothing is lost.
/// - After a restart of the only process, leased deliveries are ready again at once.
#[async_trait]
pub trait Broker: Debug + Send + Sync {
    /// Makes `group` a reader of `topic` from now on.
    async fn declare(&self, topic: &str, group: &str) -> PortResult<()>;

    /// Hands over messages to every group of `topic`.
    async fn publish(&self, topic: &str, messages: Vec<Message>) -> PortResult<()>;

    /// Up to `max` deliveries, leased to the caller for `lease`. Waits up to `wait` for the first one;
    /// an empty answer means that none came.
    async fn receive(
        &self,
        topic: &str,
        group: &str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> PortResult<Vec<Delivery>>;

    /// The work is done: never deliver it again to this group.
    async fn ack(&self, delivery: &Delivery) -> PortResult<()>;

    /// The work failed for now: deliver it again after `delay`. `delay` zero hands it back at once.
    async fn retry(&self, delivery: &Delivery, delay: Duration) -> PortResult<()>;

    /// The work can never succeed: keep it aside with the reason, for a person to look at.
    async fn bury(&self, delivery: &Delivery, reason: &str) -> PortResult<()>;

    /// Still working: the lease starts anew.
    async fn extend(&self, delivery: &Delivery, lease: Duration) -> PortResult<()>;

    /// Buried messages of a group, oldest first, after the `after` id.
    async fn dead(
        &self,
        topic: &str,
        group: &str,
        after: Option<&str>,
        limit: usize,
    ) -> PortResult<Vec<Dead>>;

    /// Makes buried messages ready again (attempts start anew); answers how many were.
    async fn replay(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64>;

    /// Forgets buried messages for good; answers how many were.
    async fn discard(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64>;

    /// How much waits, for metrics and `check`.
    async fn depth(&self, topic: &str, group: &str) -> PortResult<Depth>;

    /// Whether the backend answers, for readiness and `check`.
    async fn ping(&self) -> PortResult<()>;
}

/// Opens the broker that `url` names.
pub async fn open(url: &BackendUrl, data_dir: &Path) -> PortResult<Arc<dyn Broker>> {
    Ok(Arc::new(open_embedded(url, data_dir).await?))
}

/// Opens the broker that `url` names where it must be the embedded one, for what only that can do
/// ([`Embedded::snapshot`]).
pub async fn open_embedded(url: &BackendUrl, data_dir: &Path) -> PortResult<Embedded> {
    if url.scheme() != "embedded" {
        let left_out =
            [("amqp", "amqp"), ("amqps", "amqp"), ("kafka", "kafka"), ("sqs", "aws"), ("kinesis", "aws")];
        return Err(unknown_scheme("broker", url, &["embedded"], &left_out));
    }
    url.known_options("broker", &[])?;
    if url.host().is_some() {
        return Err(PortError::invalid("broker: `embedded:` has no host; write `embedded:PATH`"));
    }
    match url.path() {
        "" => Embedded::open(&data_dir.join("broker/broker.sqlite")).await,
        path => Embedded::open(Path::new(path)).await,
    }
}
