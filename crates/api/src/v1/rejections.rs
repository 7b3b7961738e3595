//! `/v1/collections/{collection}/rejections`: rows that were refused.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use catalejo_catalog::{Rejection, RejectionQuery};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Desk, List};
use crate::cursor;
use crate::extract::{Path, Query};
use crate::problem::Result;

/// One refused row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rejection)]
pub struct RejectionView {
    /// The run that refused it.
    pub run_id: String,
    /// Its file's path; of an upload, the name it was sent under.
    pub file: String,
    /// The line on which it begins, from 1 with the header; for Parquet the row, from 1.
    pub line: i64,
    /// What kind of wrong.
    pub code: String,
    /// What is wrong, with an excerpt of the value.
    pub reason: String,
    /// The field at fault.
    pub field: Option<String>,
    /// The row's id, where it was read.
    pub id: Option<String>,
    /// The beginning of the row.
    pub excerpt: String,
    /// When it was refused.
    pub at: DateTime<Utc>,
}

impl From<Rejection> for RejectionView {
    fn from(row: Rejection) -> Self {
        Self {
            run_id: row.run,
            file: row.file,
            line: row.line,
            code: row.code,
            reason: row.message,
            field: row.field,
            id: row.id,
            excerpt: row.excerpt,
            at: row.at,
        }
    }
}

/// Which refused rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RejectionFilter {
    /// Only those of this run.
    run_id: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page; 50 when left out.
    limit: Option<usize>,
}

/// List refused rows.
///
/// Lists refused rows by file and line; with `Accept: text/csv` all of them as one download.
#[utoipa::path(get, path = "/v1/collections/{collection}/rejections", tag = "collections", params(("collection" = String, Path, description = "Its name."), RejectionFilter),
    responses((status = 200, description = "A page of refused rows, or all as CSV.",
        content((List<RejectionView> = "application/json"), (String = "text/csv")))))]
pub async fn list(
    State(desk): State<Desk>,
    Path(collection): Path<String>,
    Query(filter): Query<RejectionFilter>,
    headers: HeaderMap,
) -> Result<Response> {
    let limit = cursor::limit(filter.limit, desk.limits.page)?;
    let query = RejectionQuery {
        collection: Some(collection.clone()),
        run: filter.run_id,
        cursor: filter.cursor,
        limit,
    };
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepted.contains("text/csv") {
        return Ok(
            Json(List::<RejectionView>::from(desk.catalog.rejections().list(&query).await?)).into_response()
        );
    }
    desk.catalog.collections().get(&collection).await?;
    let attachment = format!("attachment; filename=\"{collection}-rejections.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, attachment),
    ];
    Ok((headers, Body::from_stream(desk.catalog.rejections().csv(query))).into_response())
}
