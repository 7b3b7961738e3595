//! The crawler: lists sources and hands their new and changed files to the ingest.

use catalejo_runs::{NewRun, RunKind, RunQuery, RunState};
use serde_json::json;

use crate::catalog::Core;
use crate::sources::entity;
use crate::{CatalogError, CatalogResult};

impl Core {
    /// Creates the run of a crawl, unless the source has one queued or running.
    pub(crate) async fn queue_crawl(&self, source: &entity::Model, again: bool) -> CatalogResult<String> {
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
        Ok(self.runs.create(new).await?.id)
    }
}
