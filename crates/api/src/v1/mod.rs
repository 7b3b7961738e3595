//! The REST face: one file a resource.

pub mod embeddings;
pub mod runs;

use std::ops::Deref;
use std::sync::Arc;

use catalejo_runs::Runs;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// What the catalogue's routes stand on; cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

/// The services behind the desk.
pub struct Inner {
    /// What every role's routes need.
    pub app: AppState,
    /// Every long piece of work.
    pub runs: Runs,
}

impl Deref for Desk {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.app
    }
}

/// Routes of the catalogue.
pub fn catalogue(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::log))
        .routes(routes!(runs::events))
        .routes(routes!(runs::cancel))
        .with_state(desk)
}

/// Routes of the encoder.
pub fn encoder(state: AppState) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(embeddings::create))
        .routes(routes!(embeddings::show))
        .with_state(state)
}
