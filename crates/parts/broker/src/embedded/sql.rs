//! The tables and every statement over them.
//!
//! `work` has one row for each message and group that is not done with it. Its states are [`READY`]; [`LEASED`] until
//! `due_ms`; [`DELAYED`] until `due_ms`; [`DEAD`]. A lease that ran out leaves its number in the row: its holder may
//! still settle the message as long as nobody else took it.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use catalejo_port::PortError;
use catalejo_store::sqlite::sqlite_error;
use sea_orm::sqlx::sqlite::{SqlitePool, SqliteRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Result, Row, SqliteConnection};

use super::writer::{Held, Taken};
use crate::{Dead, Depth, Message};

/// The tables' version, in the file's header.
const VERSION: i64 = 1;

/// Messages stored by one statement.
const ROWS: usize = 50;

const READY: i64 = 0;
const LEASED: i64 = 1;
const DELAYED: i64 = 2;
const DEAD: i64 = 3;

const TABLES: &str = "
    CREATE TABLE groups (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (topic, name));
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, body BLOB NOT NULL, published_ms INTEGER NOT NULL
    );
    CREATE TABLE work (
        group_id INTEGER NOT NULL, message_id INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
        due_ms INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, lease INTEGER NOT NULL DEFAULT 0,
        reason TEXT, buried_ms INTEGER,
        PRIMARY KEY (group_id, message_id)
    ) WITHOUT ROWID;
    CREATE INDEX work_of_message ON work (message_id);
    CREATE INDEX work_ready ON work (group_id, message_id) WHERE state = 0;
    CREATE INDEX work_due ON work (due_ms) WHERE state IN (1, 2);
    PRAGMA user_version = 1;
";

pub(super) fn failed(error: sqlx::Error) -> PortError {
    sqlite_error("the broker's file failed", error)
}

/// Creates the tables in a new file, refuses a newer version's.
pub(super) async fn prepare(db: &mut SqliteConnection) -> Result<(), PortError> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *db).await.map_err(failed)?;
    match version {
        VERSION => Ok(()),
        0 => sqlx::raw_sql(TABLES).execute(db).await.map(drop).map_err(failed),
        newer => Err(PortError::unsupported(format!(
            "broker: its file has format {newer}, this version knows {VERSION}; use a newer version"
        ))),
    }
}

/// After a start nobody holds a lease.
pub(super) async fn void_leases(db: &mut SqliteConnection) -> Result<()> {
    sqlx::query("UPDATE work SET state = 0 WHERE state = 1").execute(db).await.map(drop)
}

pub(super) async fn groups(db: &mut SqliteConnection) -> Result<Vec<(String, String, i64)>> {
    sqlx::query_as("SELECT topic, name, id FROM groups").fetch_all(db).await
}

pub(super) async fn declare(db: &mut SqliteConnection, topic: &str, group: &str) -> Result<i64> {
    sqlx::query("INSERT INTO groups (topic, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(topic)
        .bind(group)
        .execute(&mut *db)
        .await?;
    sqlx::query_scalar("SELECT id FROM groups WHERE topic = ? AND name = ?")
        .bind(topic)
        .bind(group)
        .fetch_one(db)
        .await
}

/// Stores messages for every group of `topic`; answers those groups.
pub(super) async fn publish(
    db: &mut SqliteConnection,
    topic: &str,
    messages: &[Message],
    now: i64,
) -> Result<Vec<i64>> {
    let groups: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM groups WHERE topic = ?").bind(topic).fetch_all(&mut *db).await?;
    if groups.is_empty() {
        return Ok(groups);
    }
    let (mut first, mut last) = (i64::MAX, 0);
    for chunk in messages.chunks(ROWS) {
        last = insert(db, chunk, now).await?;
        first = first.min(last + 1 - chunk.len() as i64);
    }
    for group in &groups {
        sqlx::query(
            "INSERT INTO work (group_id, message_id) SELECT ?, id FROM messages WHERE id BETWEEN ? AND ?",
        )
        .bind(group)
        .bind(first)
        .bind(last)
        .execute(&mut *db)
        .await?;
    }
    Ok(groups)
}

/// Stores messages under consecutive ids; answers the last one.
async fn insert(db: &mut SqliteConnection, messages: &[Message], now: i64) -> Result<i64> {
    // Whole chunks share one prepared statement; the text is ours alone.
    let rows = vec!["(?, ?, ?)"; messages.len()].join(", ");
    let text = format!("INSERT INTO messages (key, body, published_ms) VALUES {rows}");
    let mut query =
        sqlx::query(AssertSqlSafe(text)).persistent(messages.len() == ROWS || messages.len() == 1);
    for message in messages {
        query = query.bind(message.key.as_deref()).bind(&message.body[..]).bind(now);
    }
    query.execute(db).await.map(|done| done.last_insert_rowid())
}

/// Leases up to `max` ready messages, the oldest first. Left alone, SQLite walks the primary key, past all that is
/// leased or dead.
pub(super) async fn receive(
    db: &mut SqliteConnection,
    group: i64,
    max: usize,
    due: i64,
    lease: i64,
) -> Result<Vec<Taken>> {
    let rows = sqlx::query(
        "UPDATE work SET state = 1, due_ms = ?, lease = ?, attempts = attempts + 1
         WHERE group_id = ? AND message_id IN
            (SELECT message_id FROM work INDEXED BY work_ready
             WHERE group_id = ? AND state = 0 ORDER BY message_id LIMIT ?)
         RETURNING message_id, attempts,
            (SELECT key FROM messages WHERE id = message_id), (SELECT body FROM messages WHERE id = message_id)",
    )
    .bind(due)
    .bind(lease)
    .bind(group)
    .bind(group)
    .bind(i64::try_from(max).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    let taken = rows.iter().map(|row| {
        let message = message(row, 2)?;
        Ok(Taken { id: row.try_get(0)?, attempt: row.try_get(1)?, message, lease })
    });
    let mut taken = taken.collect::<Result<Vec<_>>>()?;
    taken.sort_unstable_by_key(|taken| taken.id);
    Ok(taken)
}

fn message(row: &SqliteRow, column: usize) -> Result<Message> {
    let body: Vec<u8> = row.try_get(column + 1)?;
    Ok(Message { key: row.try_get(column)?, body: Bytes::from(body) })
}

/// Undoes a `receive` whose caller went away before it had the answer.
pub(super) async fn hand_back(db: &mut SqliteConnection, group: i64, lease: i64) -> Result<()> {
    sqlx::query("UPDATE work SET state = 0, lease = 0, attempts = attempts - 1 WHERE group_id = ? AND state = 1 AND lease = ?")
        .bind(group)
        .bind(lease)
        .execute(db)
        .await
        .map(drop)
}

/// Removes messages from their groups, and altogether where no other group needs them. Answers those
/// that somebody else holds by now or that were settled otherwise; to acknowledge twice is no error.
pub(super) async fn ack(db: &mut SqliteConnection, held: &[Held]) -> Result<Vec<Held>> {
    let rows: Vec<_> =
        held.iter().map(|Held { group, message, lease }| format!("[{group},{message},{lease}]")).collect();
    let done: Vec<(i64, i64)> = sqlx::query_as(
        "DELETE FROM work WHERE (group_id, message_id) IN
            (SELECT w.group_id, w.message_id FROM json_each(?) CROSS JOIN work w
             WHERE w.group_id = value ->> 0 AND w.message_id = value ->> 1 AND w.lease = value ->> 2 AND w.state IN (0, 1))
         RETURNING group_id, message_id",
    )
    .bind(format!("[{}]", rows.join(",")))
    .fetch_all(&mut *db)
    .await?;
    forget(db, done.iter().map(|(_, message)| *message)).await?;
    let done: HashSet<_> = done.into_iter().collect();
    let mut refused = Vec::new();
    for held in held.iter().filter(|held| !done.contains(&(held.group, held.message))) {
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM work WHERE group_id = ? AND message_id = ?")
            .bind(held.group)
            .bind(held.message)
            .fetch_one(&mut *db)
            .await?;
        if left > 0 {
            refused.push(*held);
        }
    }
    Ok(refused)
}

/// Removes those of the messages that no group needs any more.
async fn forget(db: &mut SqliteConnection, messages: impl Iterator<Item = i64>) -> Result<()> {
    let ids: Vec<_> = messages.map(|message| message.to_string()).collect();
    sqlx::query(
        "DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM work WHERE message_id = messages.id)",
    )
    .bind(format!("[{}]", ids.join(",")))
    .execute(db)
    .await
    .map(drop)
}

/// Ready at `due`, at once when that is not after `now`. Answers whether the lease still allowed it.
pub(super) async fn retry(
    db: &mut SqliteConnection,
    Held { group, message, lease }: Held,
    due: i64,
    now: i64,
) -> Result<bool> {
    let state = if due > now { DELAYED } else { READY };
    sqlx::query(
        "UPDATE work SET state = ?, due_ms = ?, lease = 0
         WHERE group_id = ? AND message_id = ? AND lease = ? AND state IN (0, 1)",
    )
    .bind(state)
    .bind(due)
    .bind(group)
    .bind(message)
    .bind(lease)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

pub(super) async fn bury(
    db: &mut SqliteConnection,
    Held { group, message, lease }: Held,
    reason: &str,
    now: i64,
) -> Result<bool> {
    sqlx::query(
        "UPDATE work SET state = ?, reason = ?, buried_ms = ?, lease = 0
         WHERE group_id = ? AND message_id = ? AND lease = ? AND state IN (0, 1)",
    )
    .bind(DEAD)
    .bind(reason)
    .bind(now)
    .bind(group)
    .bind(message)
    .bind(lease)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

pub(super) async fn extend(
    db: &mut SqliteConnection,
    Held { group, message, lease }: Held,
    due: i64,
) -> Result<bool> {
    sqlx::query(
        "UPDATE work SET state = ?, due_ms = ?
         WHERE group_id = ? AND message_id = ? AND lease = ? AND state IN (0, 1)",
    )
    .bind(LEASED)
    .bind(due)
    .bind(group)
    .bind(message)
    .bind(lease)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

pub(super) async fn replay(db: &mut SqliteConnection, group: i64, messages: &[i64]) -> Result<u64> {
    let mut replayed = 0;
    for message in messages {
        replayed += sqlx::query(
            "UPDATE work SET state = 0, attempts = 0, reason = NULL, buried_ms = NULL
             WHERE group_id = ? AND message_id = ? AND state = 3",
        )
        .bind(group)
        .bind(message)
        .execute(&mut *db)
        .await?
        .rows_affected();
    }
    Ok(replayed)
}

/// Removes buried messages from their group.
pub(super) async fn discard(db: &mut SqliteConnection, group: i64, messages: &[i64]) -> Result<u64> {
    let mut discarded = 0;
    for message in messages {
        discarded += sqlx::query("DELETE FROM work WHERE group_id = ? AND message_id = ? AND state = 3")
            .bind(group)
            .bind(message)
            .execute(&mut *db)
            .await?
            .rows_affected();
    }
    forget(db, messages.iter().copied()).await?;
    Ok(discarded)
}

/// Makes ready what was leased or delayed until `now`; answers the groups that have more to do.
pub(super) async fn make_due_ready(db: &mut SqliteConnection, now: i64) -> Result<Vec<i64>> {
    sqlx::query_scalar("UPDATE work SET state = 0 WHERE state IN (1, 2) AND due_ms <= ? RETURNING group_id")
        .bind(now)
        .fetch_all(db)
        .await
}

/// When the next lease or delay ends.
pub(super) async fn next_due(db: &mut SqliteConnection) -> Result<Option<i64>> {
    sqlx::query_scalar("SELECT min(due_ms) FROM work WHERE state IN (1, 2)").fetch_one(db).await
}

pub(super) async fn dead(db: &SqlitePool, group: i64, after: i64, limit: usize) -> Result<Vec<Dead>> {
    let rows = sqlx::query(
        "SELECT message_id, attempts, reason, buried_ms, key, body FROM work JOIN messages ON messages.id = message_id
         WHERE group_id = ? AND message_id > ? AND state = 3 ORDER BY message_id LIMIT ?",
    )
    .bind(group)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    let dead = rows.iter().map(|row| {
        let id: i64 = row.try_get(0)?;
        let (attempts, reason, buried_at_ms) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(Dead { id: id.to_string(), message: message(row, 4)?, reason, attempts, buried_at_ms })
    });
    dead.collect()
}

pub(super) async fn depth(db: &SqlitePool, group: i64, now: i64) -> Result<Depth> {
    // A lease that ended this moment counts as waiting even before its row is touched.
    let row = sqlx::query(
        "SELECT coalesce(sum(state IN (0, 2) OR state = 1 AND due_ms <= ?1), 0),
            coalesce(sum(state = 1 AND due_ms > ?1), 0), coalesce(sum(state = 3), 0),
            (SELECT published_ms FROM messages WHERE id =
                (SELECT min(message_id) FROM work WHERE group_id = ?2 AND (state IN (0, 2) OR state = 1 AND due_ms <= ?1)))
         FROM work WHERE group_id = ?2",
    )
    .bind(now)
    .bind(group)
    .fetch_one(db)
    .await?;
    let count = |column| row.try_get::<i64, _>(column).map(|count| u64::try_from(count).unwrap_or_default());
    let age = |published: i64| Duration::from_millis(u64::try_from(now - published).unwrap_or_default());
    let oldest = row.try_get::<Option<i64>, _>(3)?.map(age);
    Ok(Depth { waiting: count(0)?, in_flight: count(1)?, dead: count(2)?, oldest })
}

pub(super) async fn ping(db: &SqlitePool) -> Result<()> {
    sqlx::query("SELECT 1 FROM groups").fetch_optional(db).await.map(drop)
}
