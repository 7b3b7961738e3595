//! What every operation of the document has in common: who may ask, and how errors look.

use axum::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr, Response};

use crate::compat;
use crate::guard::{Access, access};

const BEARER: &str = "bearer";
const COOKIE: &str = "session";

/// Adds the schemes, to each operation who may ask, and the shape of its errors.
pub fn complete(document: &mut OpenApi) {
    document.info.version = env!("CARGO_PKG_VERSION").into();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme(BEARER, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description("catalejo_session", "What logging in gives a browser.");
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::PUT, &mut item.put),
            (Method::POST, &mut item.post),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                describe(operation, access(&method, path), compat::is_theirs(path));
            }
        }
    }
}

fn describe(operation: &mut Operation, access: Access, theirs: bool) {
    let requirement = |scheme| SecurityRequirement::new(scheme, [""; 0]);
    operation.security = Some(match access.is_open() {
        true => Vec::new(),
        false => vec![requirement(BEARER), requirement(COOKIE)],
    });
    let response = if theirs { plain() } else { problem() };
    operation.responses.responses.insert("default".to_owned(), response.into());
}

fn problem() -> Response {
    let mut response = Response::new("A problem; its `code` tells which.");
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    response.content.insert("application/problem+json".to_owned(), RefOr::T(content));
    response
}

fn plain() -> Response {
    let mut response = Response::new("`{\"error\": …}`.");
    response.content.insert("application/json".to_owned(), RefOr::T(Content::default()));
    response
}
