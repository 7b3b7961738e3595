//! The worker: takes file messages, one attempt each, and settles what becomes of message, file and run.
//!
//! The order of settling is file, run, message: killed in between, the message comes again and finds out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use catalejo_broker::Delivery;
use catalejo_port::ErrorKind;
use catalejo_runs::{LogLevel, RunHandle, RunState};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::files::{self, state};
use super::message::FileMessage;
use super::pipeline::{End, IngestError};
use super::{GROUP, TOPIC};
use crate::catalog::Core;
use crate::crawl::DEAD;
use crate::{Catalog, CatalogError, CatalogResult};

const LEASE: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_secs(5);
const LONGEST_DELAY: Duration = Duration::from_secs(600);
/// So many times more attempts are made while a part is away, which is not the file's fault.
const PATIENCE: u32 = 10;
/// Attempts of one file that may end without a word, one after the other, before it is taken for their cause.
const MOST_CRASHES: i32 = 100;

impl Catalog {
    /// The ingest's role: takes files from the broker and fills new generations until `shutdown`; then stops at the
    /// next safe point and hands back what it holds.
    pub async fn run_ingest(&self, shutdown: CancellationToken) -> CatalogResult<()> {
        if self.core.options.sole_process {
            self.core.runs.recover(Duration::ZERO).await?;
            self.core.publish_forgotten(0).await?;
            self.core.remove_orphaned_uploads().await?;
        }
        self.core.queue_due_reindexes().await?;
        let mut loops = JoinSet::new();
        for _ in 0..self.core.options.ingest_workers.max(1) {
            let (core, shutdown) = (self.core.clone(), shutdown.clone());
            loops.spawn(async move { core.receive_loop(&shutdown).await });
        }
        let (core, stop) = (self.core.clone(), shutdown.clone());
        loops.spawn(async move { core.reindex_loop(&stop).await });
        let (core, stop) = (self.core.clone(), shutdown.clone());
        loops.spawn(async move { core.sweep_loop(&stop).await });
        while let Some(ended) = loops.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a part of the ingest ended abruptly");
            }
        }
        Ok(())
    }
}

/// Keeps a file from being worked on twice in this process.
struct Active<'a>(&'a Core, String);

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.active().remove(&self.1);
    }
}

impl Core {
    async fn receive_loop(self: &Arc<Self>, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let received = tokio::select! {
                () = shutdown.cancelled() => return,
                received = self.parts.broker.receive(TOPIC, GROUP, 1, LEASE, WAIT) => received,
            };
            let worked = match received {
                Ok(deliveries) => self.work_all(deliveries, shutdown).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = worked {
                tracing::warn!(%error, "the ingest waits");
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(Duration::from_secs(2)) => {}
                }
            }
        }
    }

    async fn sweep_loop(&self, shutdown: &CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(DEAD) => {}
            }
            let swept = async {
                self.runs.recover(DEAD).await?;
                self.publish_forgotten(DEAD.as_millis() as i64).await
            };
            if let Err(error) = swept.await {
                tracing::warn!(%error, "looking for forgotten work waits");
            }
        }
    }

    async fn work_all(
        self: &Arc<Self>,
        deliveries: Vec<Delivery>,
        shutdown: &CancellationToken,
    ) -> CatalogResult<()> {
        for delivery in deliveries {
            self.work(&delivery, shutdown).await?;
        }
        Ok(())
    }

    async fn work(self: &Arc<Self>, delivery: &Delivery, shutdown: &CancellationToken) -> CatalogResult<()> {
        let broker = &self.parts.broker;
        let Ok(message) = serde_json::from_slice::<FileMessage>(&delivery.message.body) else {
            return Ok(broker.bury(delivery, "the message cannot be read").await?);
        };
        let row = self.file(&message.file).await?;
        let Some(row) = row.filter(|row| row.run == message.run) else {
            // Deleted, or changed since: the newer content has a message of its own.
            return Ok(broker.ack(delivery).await?);
        };
        if matches!(row.state.as_str(), state::DONE | state::FAILED | state::CANCELLED) {
            self.settle_run(&row).await?;
            return Ok(broker.ack(delivery).await?);
        }
        if !self.active().insert(row.id.clone()) {
            return Ok(broker.retry(delivery, LEASE / 4).await?);
        }
        let _active = Active(self, row.id.clone());
        let Some(row) = self.own(&row).await? else {
            return Ok(broker.retry(delivery, LEASE / 4).await?);
        };
        let Some(handle) = self.runs.claim(&row.run).await? else {
            return self.without_run(delivery, &row).await;
        };
        self.attempt(delivery, row, handle, shutdown).await
    }

    /// Takes hold of the file unless another process has it.
    async fn own(&self, row: &files::Model) -> CatalogResult<Option<files::Model>> {
        let now = files::now_ms();
        let (me, sole) = (self.worker.clone(), self.options.sole_process);
        self.change_file(&row.id, |row| {
            let free = row.owned_until.is_none_or(|until| until < now) || row.owner.as_ref() == Some(&me);
            if !free && !sole {
                return false;
            }
            row.owner = Some(me);
            row.owned_until = Some(now + LEASE.as_millis() as i64);
            row.crashes += 1;
            true
        })
        .await
    }

    /// The run cannot be taken up: it was cancelled while it waited, or another process has it.
    async fn without_run(&self, delivery: &Delivery, row: &files::Model) -> CatalogResult<()> {
        let run = self.runs.get(&row.run).await?;
        if !run.state.is_final() && !run.cancel_requested {
            self.release_file(row, None).await?;
            return Ok(self.parts.broker.retry(delivery, LEASE / 4).await?);
        }
        let over = if run.state == RunState::Failed { state::FAILED } else { state::CANCELLED };
        self.close_file(row, over, None).await?;
        Ok(self.parts.broker.ack(delivery).await?)
    }

    /// A crash came between the file's end and its run's.
    async fn settle_run(&self, row: &files::Model) -> CatalogResult<()> {
        let Some(handle) = self.runs.claim(&row.run).await? else { return Ok(()) };
        let counts = row.counts()?;
        handle.progress(|run| run.counts = counts);
        match row.state.as_str() {
            state::DONE => handle.succeed().await?,
            state::CANCELLED => handle.cancel().await?,
            _ => handle.fail(row.error.clone().unwrap_or_default()).await?,
        };
        Ok(())
    }

    async fn attempt(
        self: &Arc<Self>,
        delivery: &Delivery,
        row: files::Model,
        handle: RunHandle,
        shutdown: &CancellationToken,
    ) -> CatalogResult<()> {
        let begun = Instant::now();
        let broker = &self.parts.broker;
        if row.crashes > MOST_CRASHES {
            let reason = format!("{MOST_CRASHES} attempts ended without a word");
            return self.give_up(delivery, &row, handle, reason).await;
        }
        let ended = {
            let ingest = self.ingest_file(&row, &handle, shutdown);
            tokio::select! {
                ended = ingest => ended,
                error = self.keep_lease(delivery, &row.id) => Err(error.into()),
            }
        };
        match ended {
            Ok(End::Done) => {
                let finished = self.close_file(&row, state::DONE, None).await?;
                crate::fault::point("ingest.closed");
                self.sweep_after(finished.as_ref().unwrap_or(&row)).await;
                handle.succeed().await?;
                crate::fault::point("ingest.succeeded");
                metrics::counter!("processed_objects_total").increment(1);
                metrics::histogram!("object_processing_time_seconds").record(begun.elapsed().as_secs_f64());
                Ok(broker.ack(delivery).await?)
            }
            Ok(End::Cancelled) => {
                self.close_file(&row, state::CANCELLED, None).await?;
                handle.cancel().await?;
                Ok(broker.ack(delivery).await?)
            }
            Ok(End::Replaced) => {
                handle.cancel().await?;
                Ok(broker.ack(delivery).await?)
            }
            Ok(End::Stopped) => {
                self.release_file(&row, None).await?;
                handle.release(None).await?;
                Ok(broker.retry(delivery, Duration::ZERO).await?)
            }
            Err(error) => self.failed(delivery, &row, handle, error).await,
        }
    }

    /// The attempt failed: once more later, or never again.
    async fn failed(
        &self,
        delivery: &Delivery,
        row: &files::Model,
        handle: RunHandle,
        error: IngestError,
    ) -> CatalogResult<()> {
        let reason = error.to_string();
        let row = self.release_file(row, Some(&reason)).await?.unwrap_or_else(|| row.clone());
        let failures = u32::try_from(row.failures).unwrap_or(0);
        let patience = if error.is_transient() { PATIENCE } else { 1 };
        if error.is_permanent() || failures >= self.options.max_attempts.saturating_mul(patience) {
            return self.give_up(delivery, &row, handle, reason).await;
        }
        let delay = self.options.retry_delay * 2u32.saturating_pow(failures.saturating_sub(1).min(16));
        let delay = delay.min(LONGEST_DELAY);
        tracing::warn!(file = row.path, error = reason, ?delay, "the ingest of a file failed for now");
        handle.log(LogLevel::Warn, format!("{reason}; trying again in {delay:?}")).await?;
        handle.release(Some(reason)).await?;
        Ok(self.parts.broker.retry(delivery, delay).await?)
    }

    async fn give_up(
        &self,
        delivery: &Delivery,
        row: &files::Model,
        handle: RunHandle,
        reason: String,
    ) -> CatalogResult<()> {
        tracing::error!(file = row.path, error = reason, "the ingest of a file is given up");
        self.close_file(row, state::FAILED, Some(&reason)).await?;
        handle.log(LogLevel::Error, reason.as_str()).await?;
        handle.fail(reason.as_str()).await?;
        Ok(self.parts.broker.bury(delivery, &reason).await?)
    }

    async fn close_file(
        &self,
        row: &files::Model,
        over: &str,
        error: Option<&str>,
    ) -> CatalogResult<Option<files::Model>> {
        let run = row.run.clone();
        self.change_file(&row.id, |row| {
            // A newer content begins again from the start.
            if row.run != run {
                return false;
            }
            row.state = over.to_owned();
            row.error = error.map(str::to_owned);
            (row.owner, row.owned_until) = (None, None);
            (row.crashes, row.failures) = (0, 0);
            true
        })
        .await
    }

    /// Lets go of a file that is not over; `failure` counts as one.
    async fn release_file(
        &self,
        row: &files::Model,
        failure: Option<&str>,
    ) -> CatalogResult<Option<files::Model>> {
        let run = row.run.clone();
        self.change_file(&row.id, |row| {
            if row.run != run {
                return false;
            }
            row.crashes = (row.crashes - 1).max(0);
            if let Some(reason) = failure {
                row.failures += 1;
                row.error = Some(reason.to_owned());
            }
            (row.owner, row.owned_until) = (None, None);
            true
        })
        .await
    }

    /// Renews the lease of message and file until that fails for good.
    async fn keep_lease(&self, delivery: &Delivery, file: &str) -> CatalogError {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            let until = files::now_ms() + LEASE.as_millis() as i64;
            let me = &self.worker;
            let held = self.change_file(file, |row| {
                let mine = row.owner.as_ref() == Some(me);
                row.owned_until = Some(until);
                mine
            });
            if let Err(error) = held.await {
                tracing::warn!(%error, "cannot renew the hold on a file; trying again");
            }
            match self.parts.broker.extend(delivery, LEASE).await {
                Err(error) if error.kind() == ErrorKind::Conflict => return error.into(),
                Err(error) => tracing::warn!(%error, "cannot renew a lease; trying again"),
                Ok(()) => {}
            }
        }
    }

    /// What a finished file leaves behind: an upload, and the rejections of its earlier ingests.
    async fn sweep_after(&self, row: &files::Model) {
        let swept = async {
            self.forget_earlier_rejections(row).await?;
            if row.location == super::UPLOADS {
                self.parts.blobs.delete(&catalejo_blobs::path(&row.path)?).await?;
            }
            CatalogResult::Ok(())
        };
        if let Err(error) = swept.await {
            tracing::warn!(file = row.path, %error, "cannot clean up after a file");
        }
    }
}
