//! For those who run the service: is it alive, is it ready, what does it count.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cursor::Page;
use crate::state::AppState;

/// How one part stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartReport {
    /// The part: `store`, `index`, `broker`, `cache`, `blobs`, `encoder`.
    pub part: String,
    /// Its URL without secrets.
    pub url: String,
    /// Whether it answers.
    pub ok: bool,
    /// Whether the service can work without it.
    pub optional: bool,
    /// What it says, or why it does not answer.
    pub message: String,
    /// What to do about it.
    pub next_step: Option<String>,
}

/// Whether the service can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// Parts that do not answer and without which it is not ready.
    pub failing: Vec<String>,
    /// Parts that do not answer and without which it goes on with less.
    pub degraded: Vec<String>,
}

/// Is the process alive.
///
/// Alive: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses(
    (status = 200, description = "It is.", body = String, content_type = "text/plain")))]
pub async fn healthz() -> &'static str {
    "ok"
}

/// Can it do its work.
///
/// Names the failing parts and nothing more: the reasons are for the administrator.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "Every part that it cannot do without answers.", body = Readiness),
    (status = 503, description = "`failing` names the parts that do not.", body = Readiness)))]
pub async fn readyz(State(state): State<AppState>) -> Response {
    let reports = state.parts.check().await;
    let names = |optional: bool| {
        let away = reports.iter().filter(|report| !report.ok && report.optional == optional);
        away.map(|report| report.part.clone()).collect::<Vec<_>>()
    };
    let (failing, degraded) = (names(false), names(true));
    match failing.is_empty() {
        true => Json(Readiness { status: "ready", failing, degraded }).into_response(),
        false => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Readiness { status: "not ready", failing, degraded }))
                .into_response()
        }
    }
}

/// Prometheus metrics.
///
/// Counters and timings, with the names that the older services' dashboards ask for.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses(
    (status = 200, description = "Prometheus' text form.", body = String, content_type = "text/plain")))]
pub async fn metrics(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (state.metrics)()).into_response()
}

/// How every part stands.
///
/// What `catalejo check` shows.
#[utoipa::path(get, path = "/v1/parts", tag = "operations", responses(
    (status = 200, description = "One report a part, with cause and next step.", body = Page<PartReport>)))]
pub async fn parts(State(state): State<AppState>) -> Json<Page<PartReport>> {
    Json(Page::whole(state.parts.check().await))
}
