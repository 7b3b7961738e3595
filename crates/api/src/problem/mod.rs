//! Errors as callers see them: RFC 9457 problems from one table.
//!
//! A [`Problem`] travels as a response extension; [`crate::frame`] writes its body, because only there the request's
//! id and path are known. A 5xx shows the table's text to the caller and its cause to the log only.

mod from;
mod table;

use std::fmt::Display;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

pub use table::{Code, errors_document};

/// What a handler answers instead of a result.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// One thing that went wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    /// For the log, never for the caller.
    cause: Option<String>,
    retry_after: Option<Duration>,
    place: Option<Place>,
}

/// Where in a JSON body it went wrong.
#[derive(Debug, Clone)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The way to the value, e.g. `items[3].id`.
    pub path: String,
}

/// The body of every error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind of problem and leads to its explanation.
    pub r#type: String,
    /// The same words for every problem of the kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// To be found in the log.
    pub request_id: String,
    /// The kind, for programs.
    pub code: &'static str,
    /// Where in the JSON body, for `invalid-json`: the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<usize>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<usize>,
    /// The way to the value, e.g. `items[3].id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub path: Option<String>,
}

impl Problem {
    /// A problem of the caller's making; `detail` is shown.
    pub fn new(code: Code, detail: impl Display) -> Self {
        Self { code, detail: detail.to_string(), cause: None, retry_after: None, place: None }
    }

    /// A problem of our making: the caller sees the table's text, the log sees `cause`.
    pub fn hidden(code: Code, cause: impl Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(code, code.help()) }
    }

    /// A wrong parameter, field or definition.
    pub fn invalid(detail: impl Display) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// Nothing there by that name.
    pub fn not_found(detail: impl Display) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// Too often; `wait` is the time after which it may be tried again.
    pub fn rate_limited(wait: Duration) -> Self {
        let detail = format!("too often from here or for this account; try again in {} s", seconds(wait));
        Self::new(Code::RateLimited, detail).with_retry_after(Some(wait))
    }

    /// The same with the time after which to try again.
    #[must_use]
    pub fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// The same with its place in the JSON body.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What happened, in words for the caller.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What the log should say, when the caller is not told.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The whole answer.
    pub fn render(self, instance: &str, request_id: &str) -> Response {
        let (code, retry_after) = (self.code, self.retry_after);
        let body = ProblemBody {
            r#type: format!("/docs#problem-{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail,
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            code: self.code.as_str(),
            line: self.place.as_ref().map(|place| place.line),
            column: self.place.as_ref().map(|place| place.column),
            path: self.place.map(|place| place.path),
        };
        let mut response = (code.status(), Json(body)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        dress(&mut response, code, retry_after);
        response
    }

    /// The whole answer in the form of the older services.
    pub fn render_plainly(self) -> Response {
        let mut response = (self.code.status(), Json(json!({ "error": self.detail }))).into_response();
        dress(&mut response, self.code, self.retry_after);
        response
    }
}

/// The headers that go with a code.
fn dress(response: &mut Response, code: Code, retry_after: Option<Duration>) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if code.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let default_wait = (code == Code::Busy).then_some(Duration::from_secs(1));
    if let Some(after) = retry_after.or(default_wait) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds(after)));
    }
}

/// Whole seconds, rounded up, one at least.
fn seconds(time: Duration) -> u64 {
    time.as_secs_f64().ceil().max(1.0) as u64
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document is generated: `UPDATE_DOCS=1 cargo test -p catalejo-api errors_document` writes it.
    #[test]
    fn errors_document_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, errors_document()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), errors_document());
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }

    #[test]
    fn a_hidden_cause_is_not_rendered() {
        let problem = Problem::hidden(Code::Internal, "password=hunter2 at 10.0.0.3");
        assert!(!problem.detail().contains("hunter2"));
        assert!(problem.cause().unwrap().contains("hunter2"));
    }
}
