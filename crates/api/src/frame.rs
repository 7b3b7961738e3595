//! What holds for every request: an id, a caught panic, problems written out, headers, counters, one log line.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::compat;
use crate::problem::{Code, Problem};
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Routes that machines poll; counting them would drown what people do.
const UNCOUNTED: &[&str] = &["/metrics", "/healthz", "/readyz"];
const HEADERS: &[(HeaderName, &str)] = &[
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

/// Surrounds every handler.
pub async fn frame(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    count(&method, route);
    let span = tracing::info_span!("request", %id, %method, path);
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response =
        handled.unwrap_or_else(|panic| Problem::hidden(Code::Internal, words(&*panic)).into_response());
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        span.in_scope(|| log(&problem));
        response = match route.is_some_and(compat::is_theirs) {
            true => problem.render_plainly(),
            false => problem.render(&path, &id),
        };
        response.headers_mut().extend(allow.map(|methods| (header::ALLOW, methods)));
    }
    span.in_scope(|| {
        tracing::debug!(
            status = response.status().as_u16(),
            ms = started.elapsed().as_secs_f64() * 1e3,
            "answered"
        );
    });
    dress(response.headers_mut(), &id);
    response
}

/// Gives up a request that takes too long to answer. A stream that has begun is not cut.
pub async fn deadline(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let limit: Duration = state.limits.request_timeout;
    let late = |_| Problem::hidden(Code::Timeout, format!("no answer within {} s", limit.as_secs()));
    tokio::time::timeout(limit, next.run(request)).await.map_err(late)
}

/// The caller's id for the request if it is a sane one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane);
    given.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

fn count(method: &Method, route: Option<&str>) {
    if let Some(route) = route.filter(|route| !UNCOUNTED.contains(route)) {
        let labels = [("method", method.to_string()), ("endpoint", compat::endpoint(route).to_owned())];
        metrics::counter!("http_requests_total", &labels).increment(1);
    }
}

fn log(problem: &Problem) {
    let code = problem.code().as_str();
    let detail = problem.cause().unwrap_or(problem.detail());
    match problem.code() {
        Code::Internal => tracing::error!(code, detail, "request failed"),
        _ if problem.code().status().is_server_error() => tracing::warn!(code, detail, "request failed"),
        _ => tracing::debug!(code, detail, "request refused"),
    }
}

fn dress(headers: &mut HeaderMap, id: &str) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // what depends on who asks is nobody else's; what may be kept says so itself
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic without words")
}
