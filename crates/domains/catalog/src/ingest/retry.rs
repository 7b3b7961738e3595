use catalejo_runs::{Run, RunError, RunKind, RunState};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::files;
use crate::{Catalog, CatalogError, CatalogResult};

impl Catalog {
    /// Takes up a failed or cancelled run once more: a crawl lists again, an ingest goes on where it stopped, a
    /// re-index goes on or begins anew.
    pub async fn retry(&self, id: &str) -> CatalogResult<Run> {
        let core = &self.core;
        let run = core.runs.get(id).await?;
        if !matches!(run.state, RunState::Failed | RunState::Cancelled) {
            let hint = "only a failed or cancelled run can be retried";
            return Err(RunError::WrongState { id: id.to_owned(), state: run.state, hint }.into());
        }
        if run.kind != RunKind::Ingest {
            let run = core.runs.requeue(id).await?;
            core.crawl_bell.notify_one();
            core.reindex_bell.notify_one();
            return Ok(run);
        }
        let file = files::Entity::find().filter(files::Column::Run.eq(id)).one(core.parts.store.db()).await?;
        let Some(file) = file else {
            let message = "the file has been deleted, or changed and ingested by a later run";
            return Err(CatalogError::Conflict { message: message.to_owned(), run: None });
        };
        let run = core.runs.requeue(id).await?;
        core.begin_anew(&file.id, &run.id).await?;
        core.publish_files(core.file(&file.id).await?.into_iter().collect()).await?;
        // Its old message has no work left.
        core.discard_dead(&file.message()).await?;
        Ok(run)
    }
}
