//! `/v1/runs`: every long piece of work, listed, followed live, stopped and repeated.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use catalejo_accounts::Identity;
use catalejo_runs::{LogLine, Run, RunEvent, RunQuery};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use crate::cursor::{Page, Paging};
use crate::extract::{Path, Query};
use crate::guard::Who;
use crate::problem::{Code, Problem, Result};
use crate::v1::Desk;

/// One execution of long work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub struct RunView {
    /// Sorts by time of creation.
    pub id: String,
    /// `crawl`, `ingest` or `reindex`.
    pub kind: String,
    /// What it works on: a source, a file, a collection.
    pub subject: String,
    /// The collection it fills.
    pub collection: Option<String>,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// Counts by name, e.g. `read`, `new`, `changed`, `unchanged`, `refused`.
    pub counts: BTreeMap<String, u64>,
    /// Work done, in the unit of `total`.
    pub done: u64,
    /// All the work, where known.
    pub total: Option<u64>,
    /// How often a worker took it up.
    pub attempts: u32,
    /// Why it, or its last attempt, failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it last gave a sign of life.
    pub updated_at: DateTime<Utc>,
    /// Whether somebody asked to stop it.
    pub cancel_requested: bool,
    /// The run that caused it.
    pub parent: Option<String>,
    /// What it was asked to do.
    pub params: Value,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            kind: run.kind.to_string(),
            subject: run.subject,
            collection: run.collection,
            state: run.state.to_string(),
            counts: run.counts.0,
            done: run.done,
            total: run.total,
            attempts: run.attempts,
            error: run.error,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            updated_at: run.updated_at,
            cancel_requested: run.cancel_requested,
            parent: run.parent,
            params: run.params,
        }
    }
}

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunFilter {
    /// Only runs in this state.
    state: Option<String>,
    /// Only runs of this kind.
    kind: Option<String>,
    /// Only runs of this collection.
    collection: Option<String>,
    /// Only runs on this subject.
    subject: Option<String>,
    /// Only runs caused by this run.
    parent: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of this page; 50 when left out.
    limit: Option<usize>,
}

/// One line of a run's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogLine)]
pub struct LogLineView {
    /// From 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What happened.
    pub message: String,
}

impl From<LogLine> for LogLineView {
    fn from(line: LogLine) -> Self {
        Self { seq: line.seq, at: line.at, level: line.level.as_str().to_owned(), message: line.message }
    }
}

/// List runs, newest first.
///
/// Lists runs, newest first.
#[utoipa::path(get, path = "/v1/runs", tag = "runs", params(RunFilter),
    responses((status = 200, description = "A page of runs.", body = Page<RunView>)))]
pub async fn list(State(desk): State<Desk>, Query(filter): Query<RunFilter>) -> Result<Json<Page<RunView>>> {
    let paging = Paging { cursor: filter.cursor, limit: filter.limit };
    let query = RunQuery {
        state: parse("state", filter.state)?,
        kind: parse("kind", filter.kind)?,
        collection: filter.collection,
        subject: filter.subject,
        parent: filter.parent,
        cursor: paging.after()?,
        limit: paging.limit(desk.limits.page)?,
    };
    let page = desk.runs.list(&query).await?;
    Ok(Json(Page::new(page.items.into_iter().map(RunView::from).collect(), page.next_cursor)))
}

fn parse<T: std::str::FromStr<Err = String>>(name: &str, word: Option<String>) -> Result<Option<T>> {
    word.map(|word| word.parse().map_err(|error| Problem::invalid(format!("{name}: {error}")))).transpose()
}

/// Show a run.
///
/// Shows one run.
#[utoipa::path(get, path = "/v1/runs/{run}", tag = "runs", params(("run" = String, Path, description = "The run's id.")),
    responses((status = 200, description = "The run.", body = RunView)))]
pub async fn show(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(id): Path<String>,
) -> Result<Json<RunView>> {
    Ok(Json(allowed(&desk, &identity, &id).await?.into()))
}

/// The run, unless a key that is limited to other collections asks.
async fn allowed(desk: &Desk, identity: &Identity, id: &str) -> Result<Run> {
    let run = desk.runs.get(id).await?;
    match run.collection.as_ref().is_none_or(|name| identity.allows_collection(name)) {
        true => Ok(run),
        false => Err(Problem::new(Code::Forbidden, "the key is limited to other collections")),
    }
}

/// Read a run's log.
///
/// Shows what a run wrote into its log.
#[utoipa::path(get, path = "/v1/runs/{run}/log", tag = "runs", params(("run" = String, Path, description = "The run's id."), Paging),
    responses((status = 200, description = "A page of lines, oldest first.", body = Page<LogLineView>)))]
pub async fn log(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<LogLineView>>> {
    let after = paging.after()?.map(|seq| seq.parse::<i64>()).transpose();
    let after = after.map_err(|_| Problem::invalid("cursor: not one of this list"))?;
    allowed(&desk, &identity, &id).await?;
    let page = desk.runs.log(&id, after, paging.limit(desk.limits.page)?).await?;
    Ok(Json(Page::new(page.items.into_iter().map(LogLineView::from).collect(), page.next_cursor)))
}

/// Follow a run live.
///
/// Follows a run: an `update` event with the run at every change, a `log` event for every new line, until it ends.
#[utoipa::path(get, path = "/v1/runs/{run}/events", tag = "runs", params(("run" = String, Path, description = "The run's id.")),
    responses((status = 200, description = "Server-sent events `update` and `log`.", body = RunView,
        content_type = "text/event-stream")))]
pub async fn events(
    State(desk): State<Desk>,
    Who(identity): Who,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    allowed(&desk, &identity, &id).await?;
    let events = desk.runs.watch(&id).await?;
    let going_away = desk.shutdown.clone().cancelled_owned();
    let stream = events.map(|event| Ok(to_event(event))).take_until(going_away);
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

fn to_event(event: RunEvent) -> Event {
    let (name, data) = match event {
        RunEvent::Update(run) => ("update", serde_json::to_string(&RunView::from(run))),
        RunEvent::Log { line, .. } => ("log", serde_json::to_string(&LogLineView::from(line))),
    };
    Event::default().event(name).data(data.unwrap_or_default())
}

/// Stop a run.
///
/// Asks a run to stop; a running one stops at its next safe point.
#[utoipa::path(post, path = "/v1/runs/{run}/cancel", tag = "runs", params(("run" = String, Path, description = "The run's id.")),
    responses((status = 200, description = "The run as it stands.", body = RunView)))]
pub async fn cancel(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Json<RunView>> {
    Ok(Json(desk.runs.cancel(&id).await?.into()))
}

/// Do a run again.
///
/// Does a failed or cancelled run again.
#[utoipa::path(post, path = "/v1/runs/{run}/retry", tag = "runs", params(("run" = String, Path, description = "The run's id.")),
    responses((status = 202, description = "The run, queued again.", body = RunView)))]
pub async fn retry(State(desk): State<Desk>, Path(id): Path<String>) -> Result<(StatusCode, Json<RunView>)> {
    Ok((StatusCode::ACCEPTED, Json(desk.catalog.retry(&id).await?.into())))
}
