//! The page that `web/` built, if it was built before the binary: its files, and the addresses that its own script
//! turns into views.

use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Code, Problem, Result};

/// Path and content of every file; empty when the page was not built.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// First parts of the addresses that the page's script answers.
const VIEWS: [&str; 12] = [
    "",
    "items",
    "prompts",
    "feed",
    "people",
    "me",
    "login",
    "register",
    "setup",
    "catalogue",
    "parts",
    "moderation",
];

/// Answers browsers that ask for one of the page's addresses; some are also routes of programs.
pub async fn views(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !(safe && VIEWS.contains(&first) && wants_html(request.headers())) {
        return next.run(request).await;
    }
    match content("index.html") {
        Some(content) => {
            let mut response = answer("index.html", content, "no-cache");
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
            response
        }
        None if first.is_empty() => super::index(request.headers()),
        None => next.run(request).await,
    }
}

/// The page, for a browser at an address that nothing answers; `None` for programs, and without a page.
pub fn nowhere(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    let safe = matches!(*method, Method::GET | Method::HEAD);
    let person = safe && wants_html(headers) && !path.starts_with("/v1/");
    let index = content("index.html").filter(|_| person)?;
    Some((StatusCode::NOT_FOUND, answer("index.html", index, "no-cache")).into_response())
}

/// A file of the page whose name holds a hash of its content, so that it never changes.
pub async fn asset(Path(path): Path<String>) -> Result<Response> {
    let path = format!("assets/{path}");
    let content = content(&path)
        .ok_or_else(|| Problem::new(Code::UnknownRoute, format!("the page has no file {path}")))?;
    Ok(answer(&path, content, "public, max-age=31536000, immutable"))
}

fn content(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(file, _)| *file == path).map(|(_, content)| *content)
}

fn answer(path: &str, content: &'static [u8], cache: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media(path)), (header::CACHE_CONTROL, cache)], content).into_response()
}

fn media(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_whole() {
        let Some(index) = content("index.html") else {
            assert!(FILES.is_empty(), "a page without an index");
            return;
        };
        let index = String::from_utf8_lossy(index);
        for part in index.split("\"/").skip(1) {
            let path = part.split('"').next().unwrap();
            assert!(path.is_empty() || content(path).is_some(), "{path} is named and missing");
        }
    }
}
