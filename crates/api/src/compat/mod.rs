//! The routes of the lyrics network's services: same paths, fields, words and status codes. Errors keep their form,
//! `{"error": …}`: the frame writes a [`Problem`](crate::problem::Problem) so wherever [`is_theirs`] says.
//!
//! What needs nobody in particular may be called by any web page. The rest is for whoever logged in, and a name in a
//! request must be the caller's own: the original believed it.

pub mod ask;
pub mod encode;
mod fields;
mod friends;
mod me;
mod prompts;

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing;
use catalejo_accounts::{User, name_key};
use tower_http::cors::CorsLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Code, Problem, Result};
use crate::v1::Desk;

/// Their paths; those that any web page may call come first.
const PATHS: [&str; 21] = [
    "/status",
    "/encode",
    "/ask",
    "/search",
    "/friends/random",
    "/friends/search",
    "/register",
    "/login",
    "/publish",
    "/like",
    "/follow",
    "/friends",
    "/feed",
    "/me/getProfile",
    "/me/getMyPrompts",
    "/me/updateUsername",
    "/me/updatePassword",
    "/updatePrompt/{prompt_id}",
    "/deletePrompts/{prompt_id}",
    "/",
    "/metrics",
];

/// Whether a route is one of theirs, whose errors have their form.
pub fn is_theirs(route: &str) -> bool {
    PATHS.contains(&route)
}

/// A route as their metrics name it: without the id at its end.
pub fn endpoint(route: &str) -> &str {
    match is_theirs(route) {
        true => route.split("/{").next().unwrap_or(route),
        false => route,
    }
}

/// Routes that any web page may call: they answered every one, and what browsers ask before they send JSON.
pub fn public(routes: OpenApiRouter, paths: &[&str]) -> OpenApiRouter {
    let preflight = || routing::options(async || StatusCode::NO_CONTENT);
    let routes = paths.iter().fold(routes, |routes, path| routes.route(path, preflight()));
    routes.layer(CorsLayer::permissive())
}

/// The social network's routes.
pub fn social(desk: Desk) -> OpenApiRouter {
    let open = OpenApiRouter::new()
        .routes(routes!(prompts::search))
        .routes(routes!(friends::random))
        .routes(routes!(friends::find))
        .with_state(desk.clone());
    OpenApiRouter::new()
        .routes(routes!(me::register))
        .routes(routes!(me::login))
        .routes(routes!(me::profile))
        .routes(routes!(me::rename))
        .routes(routes!(me::change_password))
        .routes(routes!(prompts::mine))
        .routes(routes!(prompts::publish))
        .routes(routes!(prompts::like))
        .routes(routes!(prompts::update))
        .routes(routes!(prompts::delete))
        .routes(routes!(prompts::feed))
        .routes(routes!(friends::follow))
        .routes(routes!(friends::list))
        .with_state(desk)
        .merge(public(open, &["/search", "/friends/random", "/friends/search"]))
        .layer(middleware::from_fn(measure))
}

/// Their histogram of what a request takes.
async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, started) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    if let Some(route) = route.filter(|_| method != Method::OPTIONS) {
        let labels = [("method", method.to_string()), ("endpoint", endpoint(route.as_str()).to_owned())];
        metrics::histogram!("request_duration_seconds_without_cache", &labels).record(started.elapsed());
    }
    response
}

/// A name that a request gives must be the caller's own; a missing one is taken for it.
fn check_name(user: &User, named: Option<&str>) -> Result<()> {
    match named.is_none_or(|named| name_key(named) == name_key(&user.name)) {
        true => Ok(()),
        false => Err(Problem::new(Code::Forbidden, "You are logged in under another name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_name_routes_without_ids() {
        assert_eq!(endpoint("/updatePrompt/{prompt_id}"), "/updatePrompt");
        assert_eq!(endpoint("/v1/runs/{run}"), "/v1/runs/{run}");
    }
}
