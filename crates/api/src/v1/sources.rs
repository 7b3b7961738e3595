//! `/v1/sources`: where items come from.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_catalog::{CatalogError, NewSource, Source, SourceTest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Accepted, Desk};
use crate::cursor::{Page, Paging};
use crate::extract::{self, Path, Query};
use crate::problem::{Code, Problem, Result};

/// A source as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// `file:DIR` or `s3://BUCKET/PREFIX`, without secrets.
    pub url: String,
    /// Which files, as a glob over the path below the URL.
    pub pattern: String,
    /// `auto` (by extension), `csv`, `jsonl` or `parquet`.
    pub format: String,
    /// The collection that its files fill.
    pub collection: String,
    /// A cron line in UTC, `every 5m`, or `manual`.
    pub schedule: String,
    /// Whether the schedule counts.
    pub enabled: bool,
    /// When the schedule asks for the next crawl.
    pub next_crawl_at: Option<DateTime<Utc>>,
    /// The run of its last crawl.
    pub crawl_run: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        let Source { source: made_of, next_crawl_at, crawl_run, created_at, updated_at } = source;
        Self {
            name: made_of.name,
            url: made_of.url,
            pattern: made_of.pattern,
            format: made_of.format.as_str().to_owned(),
            collection: made_of.collection,
            schedule: made_of.schedule,
            enabled: made_of.enabled,
            next_crawl_at,
            crawl_run,
            created_at,
            updated_at,
        }
    }
}

/// What a source is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSource)]
pub struct SourceBody {
    /// `[a-z][a-z0-9_-]{0,62}`; may be left out where the address says it.
    pub name: Option<String>,
    /// `file:DIR` or `s3://BUCKET/PREFIX`.
    pub url: String,
    /// The collection that its files fill.
    pub collection: String,
    /// A glob over the path below the URL, `**` crosses folders; everything when left out.
    pub pattern: Option<String>,
    /// `auto` (by extension, the default), `csv`, `jsonl` or `parquet`.
    pub format: Option<String>,
    /// A cron line in UTC, `every 5m`, or `manual`; the configured `crawl_interval_secs` when left out.
    pub schedule: Option<String>,
    /// Whether the schedule counts; true when left out.
    pub enabled: Option<bool>,
}

/// What a source would give.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourceTest)]
pub struct SourceTestView {
    /// Objects looked at, at most 10,000.
    pub objects: u64,
    /// Those of them whose path matches the pattern.
    pub matching: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The first few that match.
    pub examples: Vec<String>,
    /// Whether there is more than was looked at.
    pub more: bool,
}

impl From<SourceTest> for SourceTestView {
    fn from(SourceTest { objects, matching, bytes, examples, more }: SourceTest) -> Self {
        Self { objects, matching, bytes, examples, more }
    }
}

/// How to crawl.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CrawlOptions {
    /// Whether to read files again that have not changed.
    #[serde(default)]
    again: bool,
}

/// List sources.
///
/// Lists sources by name.
#[utoipa::path(get, path = "/v1/sources", tag = "sources", params(Paging),
    responses((status = 200, description = "A page of sources.", body = Page<SourceView>)))]
pub async fn list(State(desk): State<Desk>, Query(paging): Query<Paging>) -> Result<Json<Page<SourceView>>> {
    let (after, limit) = (paging.after()?, paging.limit(desk.limits.page)?);
    let all = desk.catalog.sources().list().await?.into_iter().map(SourceView::from);
    Ok(Json(Page::of(all, after, limit, |source| &source.name)))
}

/// Show a source.
///
/// Shows one source.
#[utoipa::path(get, path = "/v1/sources/{source}", tag = "sources", params(("source" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The source.", body = SourceView)))]
pub async fn show(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Json<SourceView>> {
    Ok(Json(desk.catalog.sources().get(&name).await?.into()))
}

/// Add a source.
///
/// Adds a source; one that exists already is left alone.
#[utoipa::path(post, path = "/v1/sources", tag = "sources", request_body = SourceBody,
    responses((status = 201, description = "The new source.", body = SourceView),
        (status = 409, description = "It exists already.", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub async fn create(
    State(desk): State<Desk>,
    extract::Json(body): extract::Json<SourceBody>,
) -> Result<Response> {
    let name = body.name.clone().ok_or_else(|| Problem::invalid("name: it is missing"))?;
    match desk.catalog.sources().get(&name).await {
        Err(CatalogError::UnknownSource(_)) => save(&desk, name, body).await,
        Ok(_) => Err(Problem::new(
            Code::AlreadyExists,
            format!("the source {name:?} exists already; PUT changes it"),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Add or change a source.
///
/// Adds or changes a source. With a schedule it is first crawled at once.
#[utoipa::path(put, path = "/v1/sources/{source}", tag = "sources", params(("source" = String, Path, description = "Its name.")), request_body = SourceBody,
    responses((status = 200, description = "The changed source.", body = SourceView),
        (status = 201, description = "The new source.", body = SourceView)))]
pub async fn put(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    extract::Json(body): extract::Json<SourceBody>,
) -> Result<Response> {
    if body.name.as_ref().is_some_and(|said| *said != name) {
        return Err(Problem::invalid("name: the body and the address differ; a name cannot change"));
    }
    save(&desk, name, body).await
}

async fn save(desk: &Desk, name: String, body: SourceBody) -> Result<Response> {
    desk.limits.check_source(&body.url)?;
    let format = body.format.as_deref().unwrap_or("auto");
    let new = NewSource {
        name,
        url: body.url,
        pattern: body.pattern.unwrap_or_else(|| "**".to_owned()),
        format: format.parse().map_err(|error| Problem::invalid(format!("format: {error}")))?,
        collection: body.collection,
        schedule: body.schedule.unwrap_or_else(|| format!("every {}s", desk.limits.crawl_interval.as_secs())),
        enabled: body.enabled.unwrap_or(true),
    };
    let (source, created) = desk.catalog.sources().put(new).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/v1/sources/{}", source.source.name);
    Ok((status, [(header::LOCATION, place)], Json(SourceView::from(source))).into_response())
}

/// Remove a source.
///
/// Forgets a source; items that came from it stay.
#[utoipa::path(delete, path = "/v1/sources/{source}", tag = "sources", params(("source" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(State(desk): State<Desk>, Path(name): Path<String>) -> Result<StatusCode> {
    desk.catalog.sources().delete(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a source.
///
/// Lists what a source would give, without ingesting anything.
#[utoipa::path(post, path = "/v1/sources/{source}/test", tag = "sources", params(("source" = String, Path, description = "Its name.")),
    responses((status = 200, description = "What is there.", body = SourceTestView)))]
pub async fn test(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Json<SourceTestView>> {
    Ok(Json(desk.catalog.sources().test_known(&name).await?.into()))
}

/// Crawl a source.
///
/// Looks for new and changed files. While a crawl of the source is queued or running, that one is the answer.
#[utoipa::path(post, path = "/v1/sources/{source}/crawl", tag = "sources", params(("source" = String, Path, description = "Its name."), CrawlOptions),
    responses((status = 202, description = "The run that does it.", body = Accepted)))]
pub async fn crawl(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    Query(options): Query<CrawlOptions>,
) -> Result<Response> {
    match desk.catalog.sources().crawl(&name, options.again).await {
        Ok(run) | Err(CatalogError::Conflict { run: Some(run), .. }) => Ok(super::accepted(run)),
        Err(error) => Err(error.into()),
    }
}
