//! The HTTP face of Catalejo: REST under `/v1`, the routes of the older services, the page, and what operators need.
//!
//! [`router`] joins them. Around every request stand, from the outside in: compression, [`frame`] (id, panics,
//! problems, headers, counters), the guard (who may do what) and the deadline.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod compat;
mod cursor;
mod docs;
mod extract;
mod frame;
mod guard;
mod openapi;
mod ops;
mod page;
mod problem;
mod state;
mod v1;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware, routing};
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use problem::{Code, Problem};

pub use guard::{Guard, Rates};
pub use ops::PartReport;
pub use problem::{Code as ProblemCode, errors_document};
pub use state::{AppState, Backups, Base, Limits, Parts};
pub use v1::{Desk, DeskBase};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Catalejo",
        description = "Turns a catalogue into a live discovery service. Lists answer `items` and `next_cursor` (null at the end); \
                       errors are RFC 9457 problems. Searching and reading are open. Everything else needs a session (the cookie \
                       `catalejo_session`, or its token as `Authorization: Bearer`), an API key with the scope that is named, an access \
                       token of the configured issuer, or the configured `admin_key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(problem::ProblemBody)),
    tags(
        (name = "search", description = "Finding items by meaning, by words and by filter."),
        (name = "collections", description = "What a catalogue holds: definitions, items, imports."),
        (name = "sources", description = "Where items come from."),
        (name = "accounts", description = "Registering, logging in, sessions and keys."),
        (name = "prompts", description = "Searches that people published."),
        (name = "people", description = "Who publishes; following, muting, blocking."),
        (name = "moderation", description = "Reports, and what administrators do about them."),
        (name = "runs", description = "Long work: crawls, ingests, re-indexing."),
        (name = "encoder", description = "Texts to vectors."),
        (name = "operations", description = "For those who run the service."),
        (name = "compatible", description = "Routes of the older lyrics services, in their own form.")
    )
)]
struct Document;

/// Which routes a process answers.
#[derive(Clone)]
pub struct Faces {
    /// What every route needs.
    pub app: AppState,
    /// The catalogue's services, where this process has the `api` role.
    pub desk: Option<Desk>,
    /// Whether the encoder's routes are answered.
    pub encoder: bool,
}

/// All routes of a process, with everything around them.
pub fn router(faces: Faces) -> Router {
    let app = faces.app.clone();
    let (hurried, unhurried, document) = collect(faces);
    let hurried = hurried
        .merge(docs::routes(&document))
        .layer(DefaultBodyLimit::max(app.limits.body))
        .layer(middleware::from_fn_with_state(app.clone(), frame::deadline));
    Router::new()
        .merge(hurried)
        .merge(unhurried.layer(DefaultBodyLimit::disable()))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app, guard::guard))
        .layer(middleware::from_fn(page::web::views))
        .layer(middleware::from_fn(frame::frame))
        .layer(CompressionLayer::new())
}

/// The routes with a time limit, those without, and the document of both.
fn collect(faces: Faces) -> (Router, Router, utoipa::openapi::OpenApi) {
    let app = faces.app;
    let mut hurried = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
        .routes(routes!(ops::parts))
        .route("/", routing::get(compat::encode::index))
        .route("/plain", routing::get(page::plain))
        .route("/page/{file}", routing::get(page::file))
        .route("/assets/{*path}", routing::get(page::web::asset))
        .with_state(app.clone());
    let mut unhurried = OpenApiRouter::new();
    if faces.encoder {
        hurried = hurried
            .merge(v1::encoder(app.clone()))
            .merge(compat::public(compat::encode::routes(app), &["/encode", "/status"]));
    }
    if let Some(desk) = faces.desk {
        hurried = hurried
            .merge(v1::catalogue(desk.clone()))
            .merge(v1::accounts::routes(desk.clone()))
            .merge(v1::social::routes(desk.clone()))
            .merge(compat::public(compat::ask::routes(desk.clone()), &["/ask"]))
            .merge(compat::social(desk.clone()));
        unhurried = v1::unhurried(desk);
    }
    let (hurried, mut document) = hurried.split_for_parts();
    let (unhurried, more) = unhurried.split_for_parts();
    document.merge(more);
    openapi::complete(&mut document);
    (hurried, unhurried, document)
}

/// Browsers get the page, which says in their reader's language that there is nothing; programs get a problem.
async fn unknown_route(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    page::web::nowhere(&method, uri.path(), &headers).unwrap_or_else(|| {
        let detail = format!("nothing answers at {}; `/docs` lists what does", uri.path());
        Problem::new(Code::UnknownRoute, detail).into_response()
    })
}

async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, Code::MethodNotAllowed.help())
}
