//! The REST face: one file a resource.

pub mod accounts;
mod answer;
pub mod backups;
pub mod collections;
pub mod dead_letters;
pub mod embeddings;
pub mod imports;
pub mod items;
pub mod rejections;
pub mod runs;
pub mod search;
pub mod social;
pub mod sources;

use std::ops::Deref;
use std::sync::Arc;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_accounts::Accounts;
use catalejo_catalog::Catalog;
use catalejo_runs::Runs;
use catalejo_social::Social;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::{AppState, Backups};

/// What the catalogue's routes stand on; cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<DeskBase>);

/// The services behind the desk.
pub struct DeskBase {
    /// What every role's routes need.
    pub app: AppState,
    /// Collections, items, sources, imports, search.
    pub catalog: Catalog,
    /// Every long piece of work.
    pub runs: Runs,
    /// Who people are.
    pub accounts: Accounts,
    /// Prompts, likes, follows, the feed.
    pub social: Social,
    /// Copies everything aside.
    pub backups: Arc<dyn Backups>,
    /// The cache's scheme: the label of its counters.
    pub cache_type: String,
}

impl Desk {
    /// A desk over these services.
    pub fn new(base: DeskBase) -> Self {
        Self(Arc::new(base))
    }

    /// Counts an answer that the cache had, or had not.
    pub fn count_cache(&self, hit: bool) {
        let counter = if hit { "cache_hits_total" } else { "cache_misses_total" };
        metrics::counter!(counter, "cache_type" => self.cache_type.clone()).increment(1);
    }
}

impl Deref for Desk {
    type Target = DeskBase;

    fn deref(&self) -> &DeskBase {
        &self.0
    }
}

impl Deref for DeskBase {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.app
    }
}

/// Routes of the catalogue that answer within the request's time limit.
pub fn catalogue(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(search::search))
        .routes(routes!(search::similar))
        .routes(routes!(collections::list, collections::create))
        .routes(routes!(collections::show, collections::put, collections::remove))
        .routes(routes!(collections::reindex))
        .routes(routes!(items::list, items::upsert))
        .routes(routes!(items::show, items::put, items::remove))
        .routes(routes!(rejections::list))
        .routes(routes!(sources::list, sources::create))
        .routes(routes!(sources::show, sources::put, sources::remove))
        .routes(routes!(sources::test))
        .routes(routes!(sources::crawl))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::discard))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::log))
        .routes(routes!(runs::events))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::retry))
        .with_state(desk)
}

/// Routes of the catalogue that take as long as there is to send or copy.
pub fn unhurried(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(imports::create)).routes(routes!(backups::create)).with_state(desk)
}

/// Routes of the encoder.
pub fn encoder(state: AppState) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(embeddings::create))
        .routes(routes!(embeddings::show))
        .with_state(state)
}

/// A page of a domain's list, whose cursor is opaque already.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The entries.
    pub items: Vec<T>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T, V: From<T>> From<catalejo_runs::Page<T>> for List<V> {
    fn from(page: catalejo_runs::Page<T>) -> Self {
        Self { items: page.items.into_iter().map(V::from).collect(), next_cursor: page.next_cursor }
    }
}

/// Work that was taken on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The run that does it.
    pub run_id: String,
}

fn accepted(run_id: String) -> Response {
    let place = format!("/v1/runs/{run_id}");
    (StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(Accepted { run_id })).into_response()
}
