//! The crawler: lists sources page by page and hands their new and changed files to the ingest.
//!
//! A file is written down as `listed` together with the run of its ingest, published, and written down as `published`.
//! Killed in between, the next look publishes what is still `listed`; what is published twice is ingested once.
//! Nothing is ever removed because a file is gone.

mod list;

use std::time::Duration;

use catalejo_runs::{LogLevel, NewRun, RunHandle, RunKind, RunQuery, RunState};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::catalog::Core;
use crate::looking::look_again;
use crate::sources::{Schedule, entity};
use crate::{Catalog, CatalogError, CatalogResult};

/// How often the schedules are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Silence after which the run of another process is taken for dead.
pub(crate) const DEAD: Duration = Duration::from_secs(60);

impl Catalog {
    /// The crawler's role: crawls sources by their schedules and by request until `shutdown`. An error of one look is
    /// logged and the next one tries again.
    pub async fn run_crawler(&self, shutdown: CancellationToken) -> CatalogResult<()> {
        let core = &self.core;
        if core.options.sole_process {
            core.runs.recover(Duration::ZERO).await?;
        }
        look_again("the crawler", LOOK, &core.crawl_bell, &shutdown, || core.crawl_look(&shutdown)).await;
        Ok(())
    }
}

impl Core {
    async fn crawl_look(&self, shutdown: &CancellationToken) -> CatalogResult<()> {
        self.runs.recover(DEAD).await?;
        self.publish_forgotten(DEAD.as_millis() as i64).await?;
        self.queue_due_crawls().await?;
        self.each_queued(RunKind::Crawl, shutdown, |handle| self.crawl_run(handle, shutdown)).await
    }

    async fn queue_due_crawls(&self) -> CatalogResult<()> {
        let now = Utc::now();
        let due = entity::Entity::find()
            .filter(entity::Column::Enabled.eq(true))
            .filter(entity::Column::NextCrawlAt.lte(now.timestamp_millis()))
            .all(self.parts.store.db())
            .await?;
        for source in due {
            let next = Schedule::parse(&source.schedule).ok().and_then(|schedule| schedule.next(now));
            if !self.take_turn(&source, next).await? {
                continue;
            }
            match self.queue_crawl(&source, false).await {
                // The last crawl is not over yet: this turn is left out.
                Err(CatalogError::Conflict { .. }) => {}
                queued => drop(queued?),
            }
        }
        Ok(())
    }

    /// Moves a due source to its next turn; false when another process did.
    async fn take_turn(&self, source: &entity::Model, next: Option<DateTime<Utc>>) -> CatalogResult<bool> {
        let txn = self.parts.store.begin().await?;
        let Some(mut row) = entity::Entity::find_by_id(&source.name).one(&txn).await? else {
            return Ok(false);
        };
        if row.next_crawl_at != source.next_crawl_at {
            return Ok(false);
        }
        row.next_crawl_at = next.map(|at| at.timestamp_millis());
        entity::Entity::update(entity::ActiveModel::from(row).reset_all()).exec(&txn).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Creates the run of a crawl, unless the source has one queued or running.
    pub(crate) async fn queue_crawl(&self, source: &entity::Model, again: bool) -> CatalogResult<String> {
        let gate = self.gates.of(&format!("@source/{}", source.name));
        let _changing = gate.changing.lock().await;
        for state in [RunState::Queued, RunState::Running] {
            let query = RunQuery {
                state: Some(state),
                kind: Some(RunKind::Crawl),
                subject: Some(source.name.clone()),
                limit: 1,
                ..RunQuery::default()
            };
            if let Some(run) = self.runs.list(&query).await?.items.pop() {
                let message = format!("a crawl of {:?} is {state} already", source.name);
                return Err(CatalogError::Conflict { message, run: Some(run.id) });
            }
        }
        let new = NewRun {
            params: json!({ "again": again }),
            ..NewRun::new(RunKind::Crawl, source.name.as_str()).collection(source.collection.as_str())
        };
        let run = self.runs.create(new).await?.id;
        let txn = self.parts.store.begin().await?;
        if let Some(mut row) = entity::Entity::find_by_id(&source.name).one(&txn).await? {
            row.crawl_run = Some(run.clone());
            entity::Entity::update(entity::ActiveModel::from(row).reset_all()).exec(&txn).await?;
        }
        txn.commit().await?;
        Ok(run)
    }

    async fn crawl_run(&self, handle: RunHandle, shutdown: &CancellationToken) -> CatalogResult<()> {
        let run = handle.run();
        let again = run.params.get("again").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let crawled = match self.source(&run.subject).await {
            Ok(source) => self.list_source(&source, again, &handle, shutdown).await,
            Err(error) => Err(error),
        };
        match crawled {
            Ok(()) if handle.cancelled().is_cancelled() => handle.cancel().await?,
            Ok(()) if shutdown.is_cancelled() => handle.release(None).await?,
            Ok(()) => handle.succeed().await?,
            Err(error) if error.is_transient() && run.attempts < self.options.max_attempts => {
                tracing::warn!(source = run.subject, %error, "the crawl failed for now");
                handle.log(LogLevel::Warn, format!("attempt {}: {error}", run.attempts)).await?;
                handle.release(Some(error.to_string())).await?
            }
            Err(error) => {
                tracing::error!(source = run.subject, %error, "the crawl failed");
                handle.fail(error.to_string()).await?
            }
        };
        Ok(())
    }
}
