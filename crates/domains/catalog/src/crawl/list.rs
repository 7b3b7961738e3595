use std::collections::HashMap;
use std::time::Instant;

use catalejo_blobs::ObjectMeta;
use catalejo_runs::{NewRun, RunHandle, RunKind};
use futures::StreamExt;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::catalog::Core;
use crate::ingest::files::{self, file_id, now_ms, state};
use crate::ingest::{Format, etag_of};
use crate::sources::{Pattern, entity, open_location};
use crate::{CatalogError, CatalogResult};

/// Objects handled in one go.
const PAGE: usize = 500;

/// What a crawl goes by.
struct Crawl<'a> {
    source: &'a entity::Model,
    format: Format,
    again: bool,
    handle: &'a RunHandle,
}

impl Core {
    /// Lists the whole source; stops early, without an error, when the run is cancelled or the process goes away.
    pub(crate) async fn list_source(
        &self,
        source: &entity::Model,
        again: bool,
        handle: &RunHandle,
        shutdown: &CancellationToken,
    ) -> CatalogResult<()> {
        let pattern =
            Pattern::new(&source.pattern).map_err(|reason| CatalogError::request("pattern", reason))?;
        let format =
            source.format.parse().map_err(|reason: String| CatalogError::request("format", reason))?;
        let crawl = Crawl { source, format, again, handle };
        let blobs = open_location(self, &source.url).await?;
        let mut pages = blobs.list(None).chunks(PAGE);
        loop {
            let begun = Instant::now();
            let Some(page) = pages.next().await else { return Ok(()) };
            if shutdown.is_cancelled() || handle.cancelled().is_cancelled() {
                return Ok(());
            }
            let mut objects = Vec::with_capacity(page.len());
            for object in page {
                let object = object?;
                if pattern.matches(object.location.as_ref()) {
                    objects.push(object);
                }
            }
            let count = objects.len() as u64;
            self.handle_page(&crawl, objects).await?;
            metrics::counter!("s3_crawler_objects_total").increment(count);
            metrics::histogram!("s3_crawler_processing_time_seconds").record(begun.elapsed().as_secs_f64());
        }
    }

    async fn handle_page(&self, crawl: &Crawl<'_>, objects: Vec<ObjectMeta>) -> CatalogResult<()> {
        let source = &crawl.source.name;
        let ids: Vec<String> =
            objects.iter().map(|object| file_id(source, object.location.as_ref())).collect();
        let known = files::Entity::find()
            .filter(files::Column::Id.is_in(ids.iter().cloned()))
            .all(self.parts.store.db())
            .await?;
        let mut known: HashMap<String, files::Model> =
            known.into_iter().map(|row| (row.id.clone(), row)).collect();
        let mut fresh = Vec::new();
        let mut publish = Vec::new();
        let (mut new, mut changed, mut unchanged, mut skipped) = (0, 0, 0, 0);
        for (id, object) in ids.into_iter().zip(objects) {
            let Some(format) = crawl.format.of(object.location.as_ref()) else {
                skipped += 1;
                continue;
            };
            let etag = etag_of(&object);
            match known.remove(&id) {
                Some(row) if row.etag == etag && row.state == state::LISTED => publish.push(row),
                Some(row) if row.etag == etag && !(crawl.again && is_over(&row)) => unchanged += 1,
                row => {
                    if row.is_some() {
                        changed += 1
                    } else {
                        new += 1
                    }
                    fresh.push((id, object, etag, format));
                }
            }
        }
        publish.extend(self.write_down(crawl, fresh).await?);
        let published = publish.len() as u64;
        self.publish_files(publish).await?;
        crawl.handle.progress(|run| {
            run.done += new + changed + unchanged + skipped;
            let counts = [
                ("new", new),
                ("changed", changed),
                ("unchanged", unchanged),
                ("skipped", skipped),
                ("published", published),
            ];
            for (name, n) in counts {
                run.counts.add(name, n);
            }
        });
        Ok(())
    }

    /// Creates the runs and records of new and changed files.
    async fn write_down(
        &self,
        crawl: &Crawl<'_>,
        objects: Vec<(String, ObjectMeta, String, Format)>,
    ) -> CatalogResult<Vec<files::Model>> {
        let source = crawl.source;
        let parent = crawl.handle.run().id;
        let runs = objects.iter().map(|(_, object, _, _)| NewRun {
            parent: Some(parent.clone()),
            total: Some(object.size),
            params: json!({ "source": source.name }),
            ..NewRun::new(RunKind::Ingest, object.location.as_ref()).collection(source.collection.as_str())
        });
        let mut rows = Vec::with_capacity(objects.len());
        let mut replaced = Vec::new();
        let runs: Vec<NewRun> = runs.collect();
        let txn = self.parts.store.begin().await?;
        let runs = self.runs.create_in(&txn, runs).await?;
        for ((id, object, etag, format), run) in objects.into_iter().zip(runs) {
            let before = files::Entity::find_by_id(&id).one(&txn).await?;
            let exists = before.is_some();
            let mut row = files::Model {
                id,
                source: source.name.clone(),
                location: source.url.clone(),
                path: object.location.to_string(),
                collection: source.collection.clone(),
                format: format.as_str().to_owned(),
                etag: String::new(),
                size: 0,
                state: String::new(),
                run: String::new(),
                rows: 0,
                counts: String::new(),
                failures: 0,
                crashes: 0,
                error: None,
                owner: None,
                owned_until: None,
                updated_at: now_ms(),
                vector_field: None,
            };
            row.begin_again(etag, object.size, run.id);
            let model = files::ActiveModel::from(row.clone()).reset_all();
            if exists {
                files::Entity::update(model).exec(&txn).await?;
            } else {
                files::Entity::insert(model).exec_without_returning(&txn).await?;
            }
            replaced.extend(before.filter(|row| !is_over(row)).map(|row| row.run));
            rows.push(row);
        }
        txn.commit().await?;
        // The file changed before its earlier ingest was over: that one has nothing to do any more.
        for run in replaced {
            if let Err(error) = self.runs.cancel(&run).await {
                tracing::debug!(run, %error, "the replaced run is over");
            }
        }
        Ok(rows)
    }
}

fn is_over(row: &files::Model) -> bool {
    matches!(row.state.as_str(), state::DONE | state::FAILED | state::CANCELLED)
}
