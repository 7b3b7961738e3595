use std::sync::Arc;
use std::time::Duration;

use catalejo_port::{PortError, PortResult};
use catalejo_store::{Store, store_error};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value as Json;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::entity::{log, run};
use crate::{
    Counts, LogLevel, LogLine, NewRun, Page, Run, RunError, RunEvent, RunHandle, RunKind, RunQuery,
    RunResult, RunState,
};

/// Events that a slow watcher may fall behind before it reads the store instead.
const EVENTS: usize = 1024;
const SUBJECT_CHARS: usize = 1000;

/// The runs of an installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runs {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) events: broadcast::Sender<RunEvent>,
    /// Names this process in the rows it works on.
    pub(crate) owner: String,
}

impl Runs {
    /// Brings the tables up to date.
    pub async fn open(store: Store) -> PortResult<Self> {
        store.migrate("runs", crate::migrations()).await?;
        let (events, _) = broadcast::channel(EVENTS);
        let owner = Uuid::now_v7().to_string();
        Ok(Self { inner: Arc::new(Inner { store, events, owner }) })
    }

    /// Creates a queued run.
    pub async fn create(&self, new: NewRun) -> RunResult<Run> {
        let mut runs = self.create_many(vec![new]).await?;
        Ok(runs.pop().expect("one run was created for one request"))
    }

    /// Creates queued runs, all or none, in the order given.
    pub async fn create_many(&self, new: Vec<NewRun>) -> RunResult<Vec<Run>> {
        let txn = self.inner.store.begin().await?;
        let runs = self.create_in(&txn, new).await?;
        txn.commit().await.map_err(store_error)?;
        Ok(runs)
    }

    /// Creates queued runs within a transaction of the caller, together with what they are about.
    pub async fn create_in(&self, txn: &DatabaseTransaction, new: Vec<NewRun>) -> RunResult<Vec<Run>> {
        let rows: Vec<run::Model> = new.into_iter().map(queued_row).collect();
        for chunk in rows.chunks(50) {
            let models = chunk.iter().cloned().map(|row| run::ActiveModel::from(row).reset_all());
            run::Entity::insert_many(models).exec_without_returning(txn).await.map_err(store_error)?;
        }
        rows.into_iter().map(to_run).collect()
    }

    /// One run.
    pub async fn get(&self, id: &str) -> RunResult<Run> {
        to_run(self.row(id).await?)
    }

    /// Runs, newest first.
    pub async fn list(&self, query: &RunQuery) -> RunResult<Page<Run>> {
        let limit = if query.limit == 0 { 50 } else { query.limit.min(500) };
        let mut select = run::Entity::find().order_by_desc(run::Column::Id).limit(limit as u64 + 1);
        if let Some(state) = query.state {
            select = select.filter(run::Column::State.eq(state.as_str()));
        }
        if let Some(kind) = query.kind {
            select = select.filter(run::Column::Kind.eq(kind.as_str()));
        }
        let texts = [
            (run::Column::Collection, &query.collection),
            (run::Column::Subject, &query.subject),
            (run::Column::Parent, &query.parent),
        ];
        for (column, wanted) in texts {
            if let Some(wanted) = wanted {
                select = select.filter(column.eq(wanted));
            }
        }
        if let Some(cursor) = &query.cursor {
            Uuid::parse_str(cursor).map_err(|_| RunError::InvalidCursor)?;
            select = select.filter(run::Column::Id.lt(cursor));
        }
        let mut rows = select.all(self.inner.store.db()).await.map_err(store_error)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.clone());
        Ok(Page { items: rows.into_iter().map(to_run).collect::<RunResult<_>>()?, next_cursor })
    }

    /// The queued runs of a kind, the oldest first, a hundred at most.
    pub async fn queued(&self, kind: RunKind) -> RunResult<Vec<Run>> {
        let rows = run::Entity::find()
            .filter(run::Column::State.eq(RunState::Queued.as_str()))
            .filter(run::Column::Kind.eq(kind.as_str()))
            .order_by_asc(run::Column::Id)
            .limit(100)
            .all(self.inner.store.db())
            .await
            .map_err(store_error)?;
        rows.into_iter().map(to_run).collect()
    }

    /// Takes up a queued run for this process; `None` when somebody else did, or when it is not queued any more.
    pub async fn claim(&self, id: &str) -> RunResult<Option<RunHandle>> {
        let claimed = self
            .change_if(id, |row| {
                if row.state != RunState::Queued.as_str() || row.cancel_requested {
                    return false;
                }
                let now = now_ms();
                row.state = RunState::Running.as_str().to_owned();
                row.attempts += 1;
                row.started_at = row.started_at.or(Some(now));
                row.updated_at = now;
                row.owner = Some(self.inner.owner.clone());
                true
            })
            .await?;
        let Some(run) = claimed else { return Ok(None) };
        let last = self.last_log_line(id).await?;
        Ok(Some(RunHandle::new(self.clone(), run, last)))
    }

    /// Asks a run to stop. A queued run is cancelled at once; a running one stops at its next safe point.
    /// Repeating the request, or asking it of a cancelled run, changes nothing.
    pub async fn cancel(&self, id: &str) -> RunResult<Run> {
        let run = self.get(id).await?;
        let wrong = |hint| RunError::WrongState { id: id.to_owned(), state: run.state, hint };
        match run.state {
            RunState::Cancelled => return Ok(run),
            RunState::Succeeded | RunState::Failed => {
                return Err(wrong("only a queued or running run can be cancelled"));
            }
            RunState::Queued | RunState::Running => {}
        }
        let now = now_ms();
        self.change(id, |row| {
            row.cancel_requested = true;
            row.updated_at = now;
            if row.state == RunState::Queued.as_str() {
                row.state = RunState::Cancelled.as_str().to_owned();
                row.finished_at = Some(now);
            }
        })
        .await
    }

    /// Puts a failed or cancelled run back to `queued`. Whoever owns work of its kind then hands it to a worker.
    pub async fn requeue(&self, id: &str) -> RunResult<Run> {
        let run = self.get(id).await?;
        if !matches!(run.state, RunState::Failed | RunState::Cancelled) {
            let hint = "only a failed or cancelled run can be retried";
            return Err(RunError::WrongState { id: id.to_owned(), state: run.state, hint });
        }
        self.change(id, |row| {
            row.state = RunState::Queued.as_str().to_owned();
            row.cancel_requested = false;
            row.error = None;
            row.finished_at = None;
            row.owner = None;
            row.updated_at = now_ms();
        })
        .await
    }

    /// Puts runs back to `queued` that are `running` without a sign of life for `silent`; answers them.
    /// With [`Duration::ZERO`] all runs of other processes are meant: right where this is the only process.
    pub async fn recover(&self, silent: Duration) -> RunResult<Vec<Run>> {
        let before = now_ms() - i64::try_from(silent.as_millis()).unwrap_or(i64::MAX);
        let rows = run::Entity::find()
            .filter(run::Column::State.eq(RunState::Running.as_str()))
            .filter(run::Column::UpdatedAt.lte(before))
            .filter(run::Column::Owner.ne(self.inner.owner.as_str()))
            .all(self.inner.store.db())
            .await
            .map_err(store_error)?;
        let mut recovered = Vec::with_capacity(rows.len());
        for row in rows {
            let seen = row.updated_at;
            let run = self
                .change(&row.id, |row| {
                    // Somebody who came to life meanwhile keeps the run.
                    if row.state == RunState::Running.as_str() && row.updated_at == seen {
                        put_back(row);
                    }
                })
                .await?;
            recovered.push(run);
        }
        Ok(recovered)
    }

    /// A run's log after line `after`, oldest first.
    pub async fn log(&self, id: &str, after: Option<i64>, limit: usize) -> RunResult<Page<LogLine>> {
        self.row(id).await?;
        let limit = if limit == 0 { 100 } else { limit.min(1000) };
        let mut rows = log::Entity::find()
            .filter(log::Column::RunId.eq(id))
            .filter(log::Column::Seq.gt(after.unwrap_or(0)))
            .order_by_asc(log::Column::Seq)
            .limit(limit as u64 + 1)
            .all(self.inner.store.db())
            .await
            .map_err(store_error)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.seq.to_string());
        let items = rows
            .into_iter()
            .map(|row| LogLine {
                seq: row.seq,
                at: instant(row.at),
                level: LogLevel::from_word(&row.level),
                message: row.message,
            })
            .collect();
        Ok(Page { items, next_cursor })
    }

    pub(crate) fn publish(&self, event: RunEvent) {
        // Without watchers there is nobody to tell.
        let _ = self.inner.events.send(event);
    }

    pub(crate) async fn row(&self, id: &str) -> RunResult<run::Model> {
        run::Entity::find_by_id(id)
            .one(self.inner.store.db())
            .await
            .map_err(store_error)?
            .ok_or_else(|| RunError::NotFound(id.to_owned()))
    }

    /// Changes one row as it stands inside the transaction, tells watchers and answers the run.
    pub(crate) async fn change(&self, id: &str, work: impl FnOnce(&mut run::Model) + Send) -> RunResult<Run> {
        let changed = self
            .change_if(id, |row| {
                work(row);
                true
            })
            .await?;
        changed.ok_or_else(|| RunError::NotFound(id.to_owned()))
    }

    /// The same when `work` says so; `None` when it does not or when there is no such run.
    async fn change_if(
        &self,
        id: &str,
        work: impl FnOnce(&mut run::Model) -> bool + Send,
    ) -> RunResult<Option<Run>> {
        let txn = self.inner.store.begin().await?;
        let Some(mut row) = run::Entity::find_by_id(id).one(&txn).await.map_err(store_error)? else {
            return Ok(None);
        };
        if !work(&mut row) {
            return Ok(None);
        }
        let model = run::ActiveModel::from(row.clone()).reset_all();
        run::Entity::update(model).exec(&txn).await.map_err(store_error)?;
        txn.commit().await.map_err(store_error)?;
        let run = to_run(row)?;
        self.publish(RunEvent::Update(run.clone()));
        Ok(Some(run))
    }

    async fn last_log_line(&self, id: &str) -> RunResult<i64> {
        let last: Option<Option<i64>> = log::Entity::find()
            .select_only()
            .column_as(Expr::col(log::Column::Seq).max(), "seq")
            .filter(log::Column::RunId.eq(id))
            .into_tuple()
            .one(self.inner.store.db())
            .await
            .map_err(store_error)?;
        Ok(last.flatten().unwrap_or(0))
    }
}

fn queued_row(new: NewRun) -> run::Model {
    let now = now_ms();
    run::Model {
        id: Uuid::now_v7().to_string(),
        kind: new.kind.as_str().to_owned(),
        subject: new.subject.chars().take(SUBJECT_CHARS).collect(),
        collection: new.collection,
        state: RunState::Queued.as_str().to_owned(),
        counts: "{}".to_owned(),
        done: 0,
        total: new.total.map(to_i64),
        attempts: 0,
        error: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        updated_at: now,
        cancel_requested: false,
        parent: new.parent,
        params: new.params.to_string(),
        owner: None,
    }
}

/// Waits for a worker again, unless somebody asked the run to stop.
pub(crate) fn put_back(row: &mut run::Model) {
    let now = now_ms();
    let state = if row.cancel_requested { RunState::Cancelled } else { RunState::Queued };
    row.state = state.as_str().to_owned();
    row.finished_at = state.is_final().then_some(now);
    row.owner = None;
    row.updated_at = now;
}

pub(crate) fn to_run(row: run::Model) -> RunResult<Run> {
    let corrupt =
        |what: &str| PortError::corrupt(format!("store: run {}: its {what} cannot be read", row.id));
    Ok(Run {
        kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        counts: serde_json::from_str::<Counts>(&row.counts).map_err(|_| corrupt("counts"))?,
        params: serde_json::from_str::<Json>(&row.params).map_err(|_| corrupt("params"))?,
        id: row.id,
        subject: row.subject,
        collection: row.collection,
        done: to_u64(row.done),
        total: row.total.map(to_u64),
        attempts: u32::try_from(row.attempts).unwrap_or(0),
        error: row.error,
        created_at: instant(row.created_at),
        started_at: row.started_at.map(instant),
        finished_at: row.finished_at.map(instant),
        updated_at: instant(row.updated_at),
        cancel_requested: row.cancel_requested,
        parent: row.parent,
    })
}

pub(crate) fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

pub(crate) fn to_i64(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn to_u64(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
