use std::time::Instant;

use catalejo_runs::{Counts, RunHandle};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

use super::files;
use super::readers::BadRow;
use super::rejections::{self, rejection_id};
use crate::CatalogResult;
use crate::catalog::Core;
use crate::collections::to_json;

/// How far a file came, in memory and, after [`Progress::save`], in the store.
pub(super) struct Progress<'a> {
    pub(super) core: &'a Core,
    file: &'a files::Model,
    handle: &'a RunHandle,
    /// Indexes written to since the last save.
    pub(super) indexes: Vec<String>,
    pub(super) rows: u64,
    pub(super) position: u64,
    pub(super) counts: Counts,
    pub(super) last_window: Instant,
    rejections: Vec<rejections::Model>,
    saved_rows: u64,
}

impl<'a> Progress<'a> {
    pub(super) fn new(core: &'a Core, file: &'a files::Model, handle: &'a RunHandle) -> CatalogResult<Self> {
        let rows = u64::try_from(file.rows).unwrap_or(0);
        let counts = file.counts()?;
        Ok(Self {
            core,
            file,
            handle,
            indexes: Vec::new(),
            rows,
            position: 0,
            counts,
            last_window: Instant::now(),
            rejections: Vec::new(),
            saved_rows: rows,
        })
    }

    pub(super) fn refuse(&mut self, line: u64, bad: BadRow) {
        metrics::counter!("error_rows_total").increment(1);
        self.counts.add("refused", 1);
        if self.counts.get("refused") > self.core.options.max_rejections {
            return;
        }
        let BadRow { refusal, excerpt } = bad;
        self.rejections.push(rejections::Model {
            id: rejection_id(&self.file.id, &self.file.etag, line),
            file: self.file.id.clone(),
            run: self.file.run.clone(),
            collection: self.file.collection.clone(),
            path: self.file.path.clone(),
            line: i64::try_from(line).unwrap_or(i64::MAX),
            code: refusal.code.as_str().to_owned(),
            message: crate::items::refusal::excerpt(&refusal.message, 1000),
            field: refusal.field,
            item: refusal.id,
            excerpt,
            at: files::now_ms(),
        });
    }

    pub(super) fn show(&self) {
        self.handle.progress(|run| {
            run.counts.clone_from(&self.counts);
            run.done = self.position.min(run.total.unwrap_or(u64::MAX));
        });
    }

    /// Makes what was written durable, then writes down how far the file came, with the rows that were refused. False
    /// when the file has a newer content by now.
    pub(super) async fn save(&mut self) -> CatalogResult<bool> {
        crate::fault::point("ingest.before_flush");
        self.core.flush(&self.file.collection, &self.indexes).await?;
        self.indexes.clear();
        crate::fault::point("ingest.after_flush");
        let txn = self.core.parts.store.begin().await?;
        let Some(mut row) = files::Entity::find_by_id(&self.file.id).one(&txn).await? else {
            return Ok(false);
        };
        if row.etag != self.file.etag || row.run != self.file.run {
            return Ok(false);
        }
        row.rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        row.counts = to_json(&self.counts)?;
        row.updated_at = files::now_ms();
        if self.rows > self.saved_rows {
            (row.failures, row.crashes) = (0, 1);
        }
        files::Entity::update(files::ActiveModel::from(row).reset_all()).exec(&txn).await?;
        for chunk in self.rejections.chunks(50) {
            let models = chunk.iter().cloned().map(|row| rejections::ActiveModel::from(row).reset_all());
            let again = OnConflict::column(rejections::Column::Id)
                .update_columns([
                    rejections::Column::Run,
                    rejections::Column::Code,
                    rejections::Column::Message,
                    rejections::Column::Field,
                    rejections::Column::Item,
                    rejections::Column::Excerpt,
                    rejections::Column::At,
                ])
                .to_owned();
            rejections::Entity::insert_many(models).on_conflict(again).exec_without_returning(&txn).await?;
        }
        txn.commit().await?;
        self.rejections.clear();
        self.saved_rows = self.rows;
        crate::fault::point("ingest.after_checkpoint");
        Ok(true)
    }
}

impl Core {
    /// The rejections of a file are those of its latest ingest.
    pub(super) async fn forget_earlier_rejections(&self, file: &files::Model) -> CatalogResult<()> {
        let txn = self.parts.store.begin().await?;
        rejections::Entity::delete_many()
            .filter(rejections::Column::File.eq(file.id.as_str()))
            .filter(rejections::Column::Run.ne(file.run.as_str()))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(())
    }
}
