//! `/v1/dead-letters`: files that were given up, for a person to look at.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalejo_catalog::DeadLetter;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Desk;
use crate::cursor::{Page, Paging};
use crate::extract::{Path, Query};
use crate::problem::Result;

/// A file that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub struct DeadLetterView {
    /// Its id.
    pub id: String,
    /// Why it was given up.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub buried_at: DateTime<Utc>,
    /// The run of its ingest; null when its message cannot be read.
    pub run: Option<String>,
    /// The file's path; null when the file is not known any more.
    pub path: Option<String>,
    /// The source it came from; `@imports` for files that were handed over.
    pub source: Option<String>,
    /// The collection it was to fill.
    pub collection: Option<String>,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { id, reason, attempts, buried_at, run, path, source, collection } = letter;
        Self { id, reason, attempts, buried_at, run, path, source, collection }
    }
}

/// List files that were given up.
///
/// Lists the files that failed `ingest_attempts` times or can never succeed, the oldest first.
#[utoipa::path(get, path = "/v1/dead-letters", tag = "runs", params(Paging),
    responses((status = 200, description = "A page of dead letters.", body = Page<DeadLetterView>)))]
pub async fn list(
    State(desk): State<Desk>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DeadLetterView>>> {
    let (after, limit) = (paging.after()?, paging.limit(desk.limits.page)?);
    let page = desk.catalog.dead_letters().list(after.as_deref(), limit).await?;
    Ok(Json(Page::new(page.items.into_iter().map(DeadLetterView::from).collect(), page.next_cursor)))
}

/// Give a file another chance.
///
/// Hands the file to a worker again, with new attempts, under its run.
#[utoipa::path(post, path = "/v1/dead-letters/{id}/replay", tag = "runs", params(("id" = String, Path, description = "The dead letter's id.")),
    responses((status = 202, description = "It waits for a worker; `run` shows how it fares.", body = DeadLetterView)))]
pub async fn replay(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeadLetterView>)> {
    Ok((StatusCode::ACCEPTED, Json(desk.catalog.dead_letters().replay(&id).await?.into())))
}

/// Forget a file that was given up.
///
/// Removes the dead letter; its run stays failed, and the file itself is not touched.
#[utoipa::path(delete, path = "/v1/dead-letters/{id}", tag = "runs", params(("id" = String, Path, description = "The dead letter's id.")),
    responses((status = 204, description = "It is forgotten.")))]
pub async fn discard(State(desk): State<Desk>, Path(id): Path<String>) -> Result<StatusCode> {
    desk.catalog.dead_letters().discard(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
