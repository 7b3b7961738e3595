use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catalejo_store::store_error;
use sea_orm::{ActiveValue::Set, EntityTrait};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::entity::log;
use crate::service::{instant, now_ms, put_back, to_i64};
use crate::{LogLevel, LogLine, Run, RunEvent, RunResult, RunState, Runs};

/// How often progress is written and a request to cancel is looked for.
const TICK: Duration = Duration::from_secs(1);
/// How often a run without progress gives a sign of life, in ticks.
const HEARTBEAT: u32 = 10;
const LOG_LINES: i64 = 1000;
const MESSAGE_CHARS: usize = 2000;

/// The worker's hold on a run that it took up with [`Runs::claim`].
///
/// Dropping it without [`succeed`](Self::succeed), [`fail`](Self::fail), [`cancel`](Self::cancel) or
/// [`release`](Self::release) leaves the run `running` until [`Runs::recover`] finds it silent.
#[derive(Debug)]
pub struct RunHandle {
    runs: Runs,
    shared: Arc<Shared>,
    seq: AtomicI64,
    _ticker: DropGuard,
}

#[derive(Debug)]
struct Shared {
    run: Mutex<Run>,
    changed: AtomicBool,
    cancelled: CancellationToken,
}

impl Shared {
    fn snapshot(&self) -> Run {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RunHandle {
    pub(crate) fn new(runs: Runs, run: Run, last_line: i64) -> Self {
        let shared = Arc::new(Shared {
            run: Mutex::new(run),
            changed: AtomicBool::new(false),
            cancelled: CancellationToken::new(),
        });
        let stop = CancellationToken::new();
        tokio::spawn(tick(runs.clone(), shared.clone(), stop.clone()));
        Self { runs, shared, seq: AtomicI64::new(last_line), _ticker: stop.drop_guard() }
    }

    /// The run as this worker knows it.
    pub fn run(&self) -> Run {
        self.shared.snapshot()
    }

    /// Fires when somebody asked the run to stop.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.shared.cancelled
    }

    /// Changes counts, `done` or `total`: watchers here learn it at once, the store within a second.
    pub fn progress(&self, change: impl FnOnce(&mut Run)) {
        let run = {
            let mut run = self.shared.run.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut run);
            run.updated_at = instant(now_ms());
            run.clone()
        };
        self.shared.changed.store(true, Ordering::Release);
        self.runs.publish(RunEvent::Update(run));
    }

    /// Adds a line to the run's log. After 1,000 lines the rest is left out.
    pub async fn log(&self, level: LogLevel, message: impl Into<String>) -> RunResult<()> {
        let seq = self.seq.fetch_add(1, Ordering::AcqRel) + 1;
        if seq > LOG_LINES {
            return Ok(());
        }
        let message: String = match seq {
            LOG_LINES => "the log is full; further lines are left out".to_owned(),
            _ => message.into().chars().take(MESSAGE_CHARS).collect(),
        };
        let id = self.run().id;
        let at = now_ms();
        let row = log::ActiveModel {
            run_id: Set(id.clone()),
            seq: Set(seq),
            at: Set(at),
            level: Set(level.as_str().to_owned()),
            message: Set(message.clone()),
        };
        let txn = self.runs.inner.store.begin().await?;
        log::Entity::insert(row).exec_without_returning(&txn).await.map_err(store_error)?;
        txn.commit().await.map_err(store_error)?;
        self.runs.publish(RunEvent::Log { run: id, line: LogLine { seq, at: instant(at), level, message } });
        Ok(())
    }

    /// The work is done.
    pub async fn succeed(self) -> RunResult<Run> {
        self.finish(RunState::Succeeded, None).await
    }

    /// The work is given up.
    pub async fn fail(self, reason: impl Into<String>) -> RunResult<Run> {
        self.finish(RunState::Failed, Some(reason.into())).await
    }

    /// The work stopped because somebody asked for it.
    pub async fn cancel(self) -> RunResult<Run> {
        self.finish(RunState::Cancelled, None).await
    }

    /// The work waits for another attempt: after a failure (`reason`) or because this process goes away.
    pub async fn release(self, reason: Option<String>) -> RunResult<Run> {
        self.finish(RunState::Queued, reason).await
    }

    async fn finish(self, state: RunState, error: Option<String>) -> RunResult<Run> {
        let mine = self.run();
        let owner = self.runs.inner.owner.clone();
        self.runs
            .change(&mine.id, |row| {
                // A run that was recovered and claimed by another process is that one's to finish.
                if row.owner.as_deref() != Some(owner.as_str()) {
                    return;
                }
                copy_progress(&mine, row);
                row.error = error;
                if state == RunState::Queued {
                    return put_back(row);
                }
                row.state = state.as_str().to_owned();
                row.updated_at = now_ms();
                row.finished_at = Some(row.updated_at);
                row.owner = None;
            })
            .await
    }
}

/// Writes progress and looks for a request to cancel until the handle goes away.
async fn tick(runs: Runs, shared: Arc<Shared>, stop: CancellationToken) {
    let id = shared.snapshot().id;
    let mut events = runs.inner.events.subscribe();
    let mut ticks = tokio::time::interval(TICK);
    ticks.tick().await;
    let mut silent = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            event = events.recv() => {
                // A request made in this process is heard at once.
                if matches!(event, Ok(RunEvent::Update(run)) if run.id == id && run.cancel_requested) {
                    shared.cancelled.cancel();
                }
                continue;
            }
            _ = ticks.tick() => {}
        }
        silent += 1;
        match runs.row(&id).await {
            Ok(row) if row.cancel_requested => shared.cancelled.cancel(),
            Ok(_) => {}
            Err(error) => tracing::warn!(run = id, %error, "cannot read the run; trying again"),
        }
        let changed = shared.changed.swap(false, Ordering::AcqRel);
        if !changed && silent < HEARTBEAT {
            continue;
        }
        silent = 0;
        let mine = shared.snapshot();
        let owner = runs.inner.owner.clone();
        let written = runs
            .change(&id, |row| {
                if row.owner.as_deref() == Some(owner.as_str()) {
                    copy_progress(&mine, row);
                    row.updated_at = now_ms();
                }
            })
            .await;
        if let Err(error) = written {
            shared.changed.store(true, Ordering::Release);
            tracing::warn!(run = id, %error, "cannot write the run's progress; trying again");
        }
    }
}

fn copy_progress(run: &Run, row: &mut crate::entity::run::Model) {
    row.counts = serde_json::to_string(&run.counts).unwrap_or_else(|_| "{}".to_owned());
    row.done = to_i64(run.done);
    row.total = run.total.map(to_i64);
}
