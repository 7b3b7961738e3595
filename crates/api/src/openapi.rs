//! What every operation of the document has in common: who may ask, and how errors look.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr, Response};

use crate::guard;

const SCHEME: &str = "admin_key";

/// Adds the key's scheme, to each operation whether it needs it, and the shape of its errors.
pub fn complete(document: &mut OpenApi) {
    document.info.version = env!("CARGO_PKG_VERSION").into();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme(SCHEME, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                describe(operation, guard::OPEN.contains(&(method, path.as_str())));
            }
        }
    }
}

fn describe(operation: &mut Operation, open: bool) {
    let requirement = SecurityRequirement::new(SCHEME, [""; 0]);
    operation.security = Some(if open { Vec::new() } else { vec![requirement] });
    let mut problem = Response::new("A problem; its `code` tells which.");
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    problem.content.insert("application/problem+json".to_owned(), RefOr::T(content));
    operation.responses.responses.insert("default".to_owned(), problem.into());
}
