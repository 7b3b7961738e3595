use std::time::Duration;

use bytes::Bytes;

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Messages of one key keep their order on log brokers.
    pub key: Option<String>,
    /// Any bytes; a few KiB of JSON by custom.
    pub body: Bytes,
}

/// One message on loan to one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message's id within topic and group.
    pub id: String,
    /// The topic it was published to.
    pub topic: String,
    /// The group it was delivered to.
    pub group: String,
    /// The message.
    pub message: Message,
    /// How often it was delivered, this time included: 1 at first.
    pub attempt: u32,
    /// The backend's proof that this consumer holds the lease.
    pub receipt: String,
}

/// A buried message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// The message's id, for `replay` and `discard`.
    pub id: String,
    /// The message.
    pub message: Message,
    /// Why it was buried.
    pub reason: String,
    /// How often it had been delivered.
    pub attempts: u32,
    /// When it was buried, in milliseconds since 1970.
    pub buried_at_ms: i64,
}

/// How much waits in one group of one topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depth {
    /// Ready now or after a delay.
    pub waiting: u64,
    /// Leased to a consumer.
    pub in_flight: u64,
    /// Buried.
    pub dead: u64,
    /// Age of the oldest waiting message.
    pub oldest: Option<Duration>,
}
