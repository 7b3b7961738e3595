//! What is known of each file: its content's etag, how far its ingest came, and what came of it.

use catalejo_port::PortError;
use catalejo_runs::Counts;
use chrono::Utc;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, QueryOrder, QuerySelect};

use super::message::FileMessage;
use super::{TOPIC, rejections};
use crate::CatalogResult;
use crate::catalog::Core;

/// The source of files that were handed over.
pub(crate) const IMPORTS: &str = "@imports";

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "source_files")]
pub struct Model {
    /// A hash of source and path.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    /// The URL of the place that `path` is relative to.
    #[sea_orm(column_type = "Text")]
    pub location: String,
    #[sea_orm(column_type = "Text")]
    pub path: String,
    pub collection: String,
    pub format: String,
    pub etag: String,
    pub size: i64,
    pub state: String,
    /// The run of its ingest.
    pub run: String,
    /// Rows that are done, good and bad; the file is taken up after them.
    pub rows: i64,
    /// JSON object of counts over those rows.
    #[sea_orm(column_type = "Text")]
    pub counts: String,
    /// Failed attempts since it last came any further.
    pub failures: i32,
    /// Attempts that ended without a word since it last came any further.
    pub crashes: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// The worker that is on it, and until when nobody else may be.
    pub owner: Option<String>,
    pub owned_until: Option<i64>,
    pub updated_at: i64,
    /// The column with the rows' own vectors, where the import named one.
    pub vector_field: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Where a file stands. Kept as text.
pub(crate) mod state {
    /// Known, but perhaps not in the broker yet.
    pub(crate) const LISTED: &str = "listed";
    /// In the broker.
    pub(crate) const PUBLISHED: &str = "published";
    /// Every row is in the index or refused.
    pub(crate) const DONE: &str = "done";
    /// Given up; the reason is in `error`.
    pub(crate) const FAILED: &str = "failed";
    /// Stopped by request.
    pub(crate) const CANCELLED: &str = "cancelled";
}

impl Model {
    /// The counts of the rows that are done.
    pub(crate) fn counts(&self) -> CatalogResult<Counts> {
        serde_json::from_str(&self.counts).map_err(|error| {
            PortError::corrupt(format!("store: file {}: its counts cannot be read", self.path))
                .with_source(error)
                .into()
        })
    }

    /// Back to the start, with another content or for another run.
    pub(crate) fn begin_again(&mut self, etag: String, size: u64, run: String) {
        self.etag = etag;
        self.size = i64::try_from(size).unwrap_or(i64::MAX);
        self.run = run;
        self.state = state::LISTED.to_owned();
        self.rows = 0;
        self.counts = "{}".to_owned();
        self.failures = 0;
        self.crashes = 0;
        self.error = None;
        self.owner = None;
        self.owned_until = None;
        self.updated_at = now_ms();
    }

    pub(crate) fn message(&self) -> FileMessage {
        FileMessage { file: self.id.clone(), run: self.run.clone() }
    }
}

/// The id of a file's record.
pub(crate) fn file_id(source: &str, path: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(source.as_bytes()).update(b"\0").update(path.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

pub(crate) fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

impl Core {
    /// Puts listed files into the broker and writes down that they are. Killed in between, they are put there twice:
    /// the second message finds the file done, or being worked on, and changes nothing.
    pub(crate) async fn publish_files(&self, mut rows: Vec<Model>) -> CatalogResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let messages =
            rows.iter().map(|row| row.message().to_message()).collect::<CatalogResult<Vec<_>>>()?;
        crate::fault::point("files.listed");
        self.parts.broker.publish(TOPIC, messages).await?;
        crate::fault::point("files.published");
        let txn = self.parts.store.begin().await?;
        for row in &mut rows {
            let now = Entity::find_by_id(&row.id).one(&txn).await?;
            let Some(mut now) = now else { continue };
            // A quick worker may have finished it already.
            if now.state == state::LISTED && now.etag == row.etag && now.run == row.run {
                now.state = state::PUBLISHED.to_owned();
                Entity::update(ActiveModel::from(now).reset_all()).exec(&txn).await?;
            }
        }
        txn.commit().await?;
        Ok(())
    }

    /// Publishes what a crash left listed: everything that has been for longer than `age_ms`.
    pub(crate) async fn publish_forgotten(&self, age_ms: i64) -> CatalogResult<()> {
        loop {
            let rows = Entity::find()
                .filter(Column::State.eq(state::LISTED))
                .filter(Column::UpdatedAt.lte(now_ms() - age_ms))
                .order_by_asc(Column::Id)
                .limit(500)
                .all(self.parts.store.db())
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.publish_files(rows).await?;
        }
    }

    pub(crate) async fn file(&self, id: &str) -> CatalogResult<Option<Model>> {
        Ok(Entity::find_by_id(id).one(self.parts.store.db()).await?)
    }

    /// Changes a file's record as it stands when `work` says so; answers the record then.
    pub(crate) async fn change_file(
        &self,
        id: &str,
        work: impl FnOnce(&mut Model) -> bool + Send,
    ) -> CatalogResult<Option<Model>> {
        let txn = self.parts.store.begin().await?;
        let Some(mut row) = Entity::find_by_id(id).one(&txn).await? else { return Ok(None) };
        if !work(&mut row) {
            return Ok(None);
        }
        row.updated_at = now_ms();
        Entity::update(ActiveModel::from(row.clone()).reset_all()).exec(&txn).await?;
        txn.commit().await?;
        Ok(Some(row))
    }
}

/// Forgets the files and rejections of a collection.
pub(crate) async fn forget_collection(txn: &DatabaseTransaction, collection: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Collection.eq(collection)).exec(txn).await?;
    rejections::Entity::delete_many().filter(rejections::Column::Collection.eq(collection)).exec(txn).await?;
    Ok(())
}

/// Forgets the files of a source; their rejections stay with the collection.
pub(crate) async fn forget_source(txn: &DatabaseTransaction, source: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Source.eq(source)).exec(txn).await?;
    Ok(())
}
