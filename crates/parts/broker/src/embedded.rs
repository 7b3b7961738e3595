//! The embedded broker: one SQLite file, one writer task that commits together what comes together.

mod sql;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use catalejo_port::{PortError, PortResult};
use catalejo_store::Summary;
use catalejo_store::sqlite::{Sqlite, verify};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::{Broker, Dead, Delivery, Depth, Message};
use writer::{Command, Held, Reply, Settlement, Writer};

/// Commands that may wait for the writer before callers have to.
const QUEUE: usize = 1024;
/// What "for ever" comes to; more would overflow the clock.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A broker in one file of this process. Consumers are woken, they do not poll. A message is stored once, and
/// deleted when every group is done with it.
#[derive(Debug)]
pub struct Embedded {
    commands: mpsc::Sender<Command>,
    groups: Arc<Groups>,
    sqlite: Sqlite,
}

/// The declared groups and who waits for their messages.
#[derive(Debug, Default)]
struct Groups {
    by_name: Mutex<HashMap<(String, String), Group>>,
}

#[derive(Debug, Clone)]
struct Group {
    id: i64,
    ready: Arc<Notify>,
}

impl Groups {
    fn get(&self, topic: &str, name: &str) -> PortResult<Group> {
        let groups = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        groups.get(&(topic.to_owned(), name.to_owned())).cloned().ok_or_else(|| {
            PortError::not_found(format!("broker: nobody declared the group `{name}` of the topic `{topic}`"))
        })
    }

    fn add(&self, topic: String, name: String, id: i64) {
        let mut groups = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        groups.entry((topic, name)).or_insert_with(|| Group { id, ready: Arc::default() });
    }

    /// Wakes the consumers of the groups in `ids`.
    fn wake(&self, ids: &[i64]) {
        let groups = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        for group in groups.values().filter(|group| ids.contains(&group.id)) {
            group.ready.notify_waiters();
        }
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    in_ms(since)
}

fn in_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Embedded {
    /// Opens the file at `path`, creating it where missing. Work that was leased when it was last
    /// closed or killed is ready again.
    pub async fn open(path: &Path) -> PortResult<Self> {
        let sqlite = Sqlite::open(path).await?;
        let (commands, queue) = mpsc::channel(QUEUE);
        let groups = Arc::new(Groups::default());
        let writer = Writer::open(&sqlite, groups.clone()).await?;
        tokio::spawn(writer.run(queue));
        Ok(Self { commands, groups, sqlite })
    }

    /// Writes a consistent copy to `file`, which must not exist, while the broker goes on working.
    pub async fn snapshot(&self, file: &Path) -> PortResult<Summary> {
        self.sqlite.snapshot(file).await
    }

    /// Checks a copy made by [`snapshot`](Self::snapshot) and sums up what it holds.
    pub async fn verify(file: &Path) -> PortResult<Summary> {
        verify(file).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> PortResult<T> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| PortError::unreachable("broker: it is closed"))?;
        answer
            .await
            .map_err(|_| PortError::unreachable("broker: its file cannot be written, the log says why"))?
    }

    fn held(&self, delivery: &Delivery) -> PortResult<Held> {
        let group = self.groups.get(&delivery.topic, &delivery.group)?.id;
        let message = id_of(&delivery.id)?;
        let lease = delivery
            .receipt
            .parse()
            .map_err(|_| PortError::invalid("broker: not a receipt of this broker"))?;
        Ok(Held { group, message, lease })
    }

    async fn settle(&self, delivery: &Delivery, how: Settlement) -> PortResult<()> {
        let held = self.held(delivery)?;
        self.ask(|reply| Command::Settle { held, how, reply }).await
    }
}

fn id_of(text: &str) -> PortResult<i64> {
    text.parse().map_err(|_| PortError::invalid("broker: not a message id of this broker"))
}

#[async_trait]
impl Broker for Embedded {
    async fn declare(&self, topic: &str, group: &str) -> PortResult<()> {
        if self.groups.get(topic, group).is_ok() {
            return Ok(());
        }
        let (topic, group) = (topic.to_owned(), group.to_owned());
        self.ask(|reply| Command::Declare { topic, group, reply }).await
    }

    async fn publish(&self, topic: &str, messages: Vec<Message>) -> PortResult<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let topic = topic.to_owned();
        self.ask(|reply| Command::Publish { topic, messages, reply }).await
    }

    async fn receive(
        &self,
        topic: &str,
        group: &str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> PortResult<Vec<Delivery>> {
        let known = self.groups.get(topic, group)?;
        let deadline = Instant::now() + wait.min(LONGEST_WAIT);
        loop {
            // Listening begins before looking, so that what becomes ready in between is not missed.
            let ready = known.ready.notified();
            tokio::pin!(ready);
            ready.as_mut().enable();
            let lent = self.ask(|reply| Command::Receive { group: known.id, max, lease, reply }).await?;
            let taken = lent.claim();
            if !taken.is_empty() {
                let (topic, group) = (topic.to_owned(), group.to_owned());
                return Ok(taken.into_iter().map(|taken| taken.delivery(&topic, &group)).collect());
            }
            if tokio::time::timeout_at(deadline, ready).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    async fn ack(&self, delivery: &Delivery) -> PortResult<()> {
        let held = self.held(delivery)?;
        self.ask(|reply| Command::Ack { held, reply }).await
    }

    async fn retry(&self, delivery: &Delivery, delay: Duration) -> PortResult<()> {
        self.settle(delivery, Settlement::Retry(delay)).await
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) -> PortResult<()> {
        self.settle(delivery, Settlement::Bury(reason.to_owned())).await
    }

    async fn extend(&self, delivery: &Delivery, lease: Duration) -> PortResult<()> {
        self.settle(delivery, Settlement::Extend(lease)).await
    }

    async fn dead(
        &self,
        topic: &str,
        group: &str,
        after: Option<&str>,
        limit: usize,
    ) -> PortResult<Vec<Dead>> {
        let group = self.groups.get(topic, group)?.id;
        let after = after.map(id_of).transpose()?.unwrap_or(0);
        sql::dead(self.sqlite.readers(), group, after, limit).await.map_err(sql::failed)
    }

    async fn replay(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64> {
        let group = self.groups.get(topic, group)?.id;
        let messages = ids.iter().map(|id| id_of(id)).collect::<PortResult<_>>()?;
        self.ask(|reply| Command::Replay { group, messages, reply }).await
    }

    async fn discard(&self, topic: &str, group: &str, ids: &[String]) -> PortResult<u64> {
        let group = self.groups.get(topic, group)?.id;
        let messages = ids.iter().map(|id| id_of(id)).collect::<PortResult<_>>()?;
        self.ask(|reply| Command::Discard { group, messages, reply }).await
    }

    async fn depth(&self, topic: &str, group: &str) -> PortResult<Depth> {
        let group = self.groups.get(topic, group)?.id;
        sql::depth(self.sqlite.readers(), group, now_ms()).await.map_err(sql::failed)
    }

    async fn ping(&self) -> PortResult<()> {
        if self.commands.is_closed() {
            return Err(PortError::unreachable("broker: it is closed"));
        }
        sql::ping(self.sqlite.readers()).await.map_err(sql::failed)
    }
}
