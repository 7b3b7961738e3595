use std::collections::HashSet;

use futures::TryStreamExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::files::{self, state};
use crate::CatalogResult;
use crate::catalog::Core;

impl Core {
    /// Removes uploads that no file waits for: a crash came between the upload and its record, or between the end of
    /// its ingest and its removal. Only what is older than this process is looked at, so that nothing under way goes;
    /// right where this is the only process.
    pub(super) async fn remove_orphaned_uploads(&self) -> CatalogResult<()> {
        let used: HashSet<String> = files::Entity::find()
            .filter(files::Column::Location.eq(super::UPLOADS))
            .filter(files::Column::State.ne(state::DONE))
            .select_only()
            .column(files::Column::Path)
            .into_tuple()
            .all(self.parts.store.db())
            .await?
            .into_iter()
            .collect();
        let mut uploads = self.parts.blobs.list(Some(&catalejo_blobs::path("uploads")?));
        while let Some(upload) = uploads.try_next().await? {
            let path = upload.location.as_ref();
            if !used.contains(path) && self.began_after(path) {
                tracing::info!(path, "removing an upload that nobody waits for");
                self.parts.blobs.delete(&upload.location).await?;
            }
        }
        Ok(())
    }

    /// Whether this process began after the upload, whose path `uploads/ID/name` holds its time.
    fn began_after(&self, path: &str) -> bool {
        let id = path.split('/').nth(1).and_then(|id| Uuid::parse_str(id).ok());
        let me = Uuid::parse_str(&self.worker).ok();
        id.zip(me).is_some_and(|(id, me)| id < me)
    }
}
