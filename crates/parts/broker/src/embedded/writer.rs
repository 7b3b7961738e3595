//! The only task that changes the file. It takes all commands that wait, does them in one transaction, and
//! answers after the commit: one sync to the disk serves many callers.

use std::sync::Arc;
use std::time::Duration;

use catalejo_port::{PortError, PortResult};
use catalejo_store::sqlite::Sqlite;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, Connection, Sqlite as Driver, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{Groups, in_ms, now_ms, sql};
use crate::{Delivery, Message};

/// Commands done in one transaction at most.
const BATCH: usize = 256;

pub(super) type Reply<T> = oneshot::Sender<PortResult<T>>;

#[derive(Debug)]
pub(super) enum Command {
    Declare { topic: String, group: String, reply: Reply<()> },
    Publish { topic: String, messages: Vec<Message>, reply: Reply<()> },
    Receive { group: i64, max: usize, lease: Duration, reply: Reply<Lent> },
    HandBack { group: i64, lease: i64 },
    Ack { held: Held, reply: Reply<()> },
    Settle { held: Held, how: Settlement, reply: Reply<()> },
    Replay { group: i64, messages: Vec<i64>, reply: Reply<u64> },
    Discard { group: i64, messages: Vec<i64>, reply: Reply<u64> },
}

/// A delivery as its consumer holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) group: i64,
    pub(super) message: i64,
    pub(super) lease: i64,
}

/// What a consumer says about a delivery that it is not done with.
#[derive(Debug)]
pub(super) enum Settlement {
    Retry(Duration),
    Bury(String),
    Extend(Duration),
}

/// A message that was leased.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) attempt: u32,
    pub(super) message: Message,
    pub(super) lease: i64,
}

impl Taken {
    pub(super) fn delivery(self, topic: &str, group: &str) -> Delivery {
        Delivery {
            id: self.id.to_string(),
            topic: topic.to_owned(),
            group: group.to_owned(),
            message: self.message,
            attempt: self.attempt,
            receipt: self.lease.to_string(),
        }
    }
}

/// Deliveries on their way to a caller. Dropped before the caller [claims](Self::claim) them, because it went away,
/// they are handed back.
#[derive(Debug)]
pub(super) struct Lent {
    group: i64,
    lease: i64,
    taken: Vec<Taken>,
    hand_back: mpsc::UnboundedSender<Abandoned>,
}

/// A lease that nobody claimed.
#[derive(Debug)]
struct Abandoned {
    group: i64,
    lease: i64,
}

impl Lent {
    pub(super) fn claim(mut self) -> Vec<Taken> {
        std::mem::take(&mut self.taken)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.taken.is_empty() {
            // A writer that is gone leaves it to the next start, which voids all leases.
            drop(self.hand_back.send(Abandoned { group: self.group, lease: self.lease }));
        }
    }
}

/// Tells a caller its answer once the transaction is committed. Dropped instead, it tells of the failure.
type Finish = Box<dyn FnOnce() + Send>;

pub(super) struct Writer {
    db: PoolConnection<Driver>,
    /// Whether a commit waits for the disk.
    synced: bool,
    abandoned: mpsc::UnboundedReceiver<Abandoned>,
    state: State,
}

/// What the writer knows besides the file.
struct State {
    groups: Arc<Groups>,
    /// The number of the next lease; begins with the time, so that numbers of an earlier start never come again.
    next_lease: i64,
    /// When the next lease or delay ends, or earlier.
    next_due: Option<i64>,
    hand_back: mpsc::UnboundedSender<Abandoned>,
}

/// What one transaction leads to when it is committed.
#[derive(Default)]
struct Outcome {
    finishes: Vec<Finish>,
    /// The groups that have something new to do.
    wake: Vec<i64>,
    acks: Vec<(Held, Reply<()>)>,
}

impl Outcome {
    /// Does all acknowledgements at once: they are the most frequent commands, and come one by one.
    async fn acknowledge(&mut self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        if self.acks.is_empty() {
            return Ok(());
        }
        let held: Vec<Held> = self.acks.iter().map(|(held, _)| *held).collect();
        let refused = sql::ack(db, &held).await?;
        for (held, reply) in self.acks.drain(..) {
            let result = if refused.contains(&held) { Err(not_held()) } else { Ok(()) };
            self.finishes.push(finish(reply, result));
        }
        Ok(())
    }
}

impl Writer {
    pub(super) async fn open(sqlite: &Sqlite, groups: Arc<Groups>) -> PortResult<Self> {
        let mut db = sqlite.writer().acquire().await.map_err(sql::failed)?;
        let mut transaction = db.begin_with("BEGIN IMMEDIATE").await.map_err(sql::failed)?;
        sql::prepare(&mut transaction).await?;
        sql::void_leases(&mut transaction).await.map_err(sql::failed)?;
        for (topic, name, id) in sql::groups(&mut transaction).await.map_err(sql::failed)? {
            groups.add(topic, name, id);
        }
        let next_due = sql::next_due(&mut transaction).await.map_err(sql::failed)?;
        transaction.commit().await.map_err(sql::failed)?;
        let (hand_back, abandoned) = mpsc::unbounded_channel();
        let state = State { groups, next_lease: now_ms() << 20, next_due, hand_back };
        Ok(Self { db, synced: true, abandoned, state })
    }

    /// Works until every handle is dropped and every command done.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut commands = Vec::with_capacity(BATCH);
        loop {
            let due_in =
                self.state.next_due.map(|due| Duration::from_millis((due - now_ms()).max(0).unsigned_abs()));
            tokio::select! {
                count = queue.recv_many(&mut commands, BATCH) => if count == 0 { return },
                Some(Abandoned { group, lease }) = self.abandoned.recv() => {
                    commands.push(Command::HandBack { group, lease });
                }
                () = tokio::time::sleep(due_in.unwrap_or_default()), if due_in.is_some() => {}
            }
            match self.transact(std::mem::take(&mut commands)).await {
                Ok(outcome) => self.state.finish(outcome),
                Err(error) => {
                    let error = sql::failed(error);
                    tracing::error!(%error, "the embedded broker cannot write");
                    // Better to look again soon than never.
                    self.state.next_due = self.state.next_due.map(|due| due.max(now_ms() + 1000));
                }
            }
        }
    }

    async fn transact(&mut self, commands: Vec<Command>) -> sqlx::Result<Outcome> {
        // That a message was handed out need only survive this process, not the machine: after a power cut nobody
        // has it any more.
        let synced = commands.iter().any(|command| !matches!(command, Command::Receive { .. }));
        self.sync_commits(synced).await?;
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let mut outcome = Outcome::default();
        self.state.make_due_ready(&mut transaction, &mut outcome).await?;
        for command in commands {
            self.state.execute(&mut transaction, command, &mut outcome).await?;
        }
        outcome.acknowledge(&mut transaction).await?;
        transaction.commit().await?;
        Ok(outcome)
    }

    async fn sync_commits(&mut self, synced: bool) -> sqlx::Result<()> {
        if self.synced != synced {
            let pragma = if synced { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            sqlx::query(pragma).execute(&mut *self.db).await?;
            self.synced = synced;
        }
        Ok(())
    }
}

impl State {
    fn finish(&mut self, outcome: Outcome) {
        outcome.finishes.into_iter().for_each(|finish| finish());
        self.groups.wake(&outcome.wake);
    }

    /// Makes ready what is due.
    async fn make_due_ready(&mut self, db: &mut SqliteConnection, outcome: &mut Outcome) -> sqlx::Result<()> {
        let now = now_ms();
        if self.next_due.is_some_and(|due| due <= now) {
            outcome.wake.extend(sql::make_due_ready(db, now).await?);
            self.next_due = sql::next_due(db).await?;
        }
        Ok(())
    }

    fn due_at(&mut self, due: i64) -> i64 {
        self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
        due
    }

    async fn execute(
        &mut self,
        db: &mut SqliteConnection,
        command: Command,
        outcome: &mut Outcome,
    ) -> sqlx::Result<()> {
        let now = now_ms();
        let finish = match command {
            Command::Declare { topic, group, reply } => {
                let id = sql::declare(db, &topic, &group).await?;
                let groups = self.groups.clone();
                Box::new(move || {
                    groups.add(topic, group, id);
                    drop(reply.send(Ok(())));
                })
            }
            Command::Publish { topic, messages, reply } => {
                outcome.wake.extend(sql::publish(db, &topic, &messages, now).await?);
                finish(reply, Ok(()))
            }
            Command::Receive { reply, .. } if reply.is_closed() => return Ok(()),
            Command::Receive { group, max, lease, reply } => {
                let (due, number) = (now.saturating_add(in_ms(lease)), self.next_lease);
                self.next_lease += 1;
                let taken = sql::receive(db, group, max, due, number).await?;
                if !taken.is_empty() {
                    self.due_at(due);
                }
                finish(reply, Ok(Lent { group, lease: number, taken, hand_back: self.hand_back.clone() }))
            }
            Command::HandBack { group, lease } => {
                sql::hand_back(db, group, lease).await?;
                outcome.wake.push(group);
                return Ok(());
            }
            Command::Ack { held, reply } => {
                outcome.acks.push((held, reply));
                return Ok(());
            }
            Command::Settle { held, how, reply } => {
                let kept = self.settle(db, held, how, outcome).await?;
                finish(reply, kept.then_some(()).ok_or_else(not_held))
            }
            Command::Replay { group, messages, reply } => {
                let replayed = sql::replay(db, group, &messages).await?;
                outcome.wake.push(group);
                finish(reply, Ok(replayed))
            }
            Command::Discard { group, messages, reply } => {
                finish(reply, Ok(sql::discard(db, group, &messages).await?))
            }
        };
        outcome.finishes.push(finish);
        Ok(())
    }

    /// Answers whether the delivery was still the caller's.
    async fn settle(
        &mut self,
        db: &mut SqliteConnection,
        held: Held,
        how: Settlement,
        outcome: &mut Outcome,
    ) -> sqlx::Result<bool> {
        let now = now_ms();
        match how {
            Settlement::Bury(reason) => sql::bury(db, held, &reason, now).await,
            Settlement::Extend(lease) => {
                let due = self.due_at(now.saturating_add(in_ms(lease)));
                sql::extend(db, held, due).await
            }
            Settlement::Retry(delay) => {
                let due = now.saturating_add(in_ms(delay));
                if delay.is_zero() {
                    outcome.wake.push(held.group);
                } else {
                    self.due_at(due);
                }
                sql::retry(db, held, due, now).await
            }
        }
    }
}

fn finish<T: Send + 'static>(reply: Reply<T>, result: PortResult<T>) -> Finish {
    Box::new(move || {
        // A caller that went away needs no answer.
        drop(reply.send(result));
    })
}

fn not_held() -> PortError {
    PortError::conflict(
        "broker: the lease has run out and the message went to another consumer, or it is settled already",
    )
}
