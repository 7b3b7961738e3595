//! The social service's `POST /ask`: ten songs that mean a question.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_catalog::CatalogError;
use catalejo_port::ErrorKind;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::Fields;
use crate::problem::{Problem, Result};
use crate::v1::Desk;

const COLLECTION: &str = "songs";

/// `/ask`.
pub fn routes(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(create)).with_state(desk)
}

/// Ten songs that mean a question.
///
/// Answers up to ten songs, nearest in meaning first, cached by question and catalogue version.
#[utoipa::path(post, path = "/ask", tag = "compatible", request_body(content = Object, description = "`{\"question\": …}`"),
    responses((status = 200, description = "A list of `name`, `lyrics`, `artists`.", body = Vec<Object>),
        (status = 400, description = "`{\"error\": \"El campo 'question' es requerido\"}`.", body = Object),
        (status = 500, description = "`{\"error\": \"Error al obtener el embedding\"}`.", body = Object)))]
pub async fn create(State(desk): State<Desk>, fields: Fields) -> Result<Response> {
    let started = Instant::now();
    let question = fields.required("question")?;
    let answer = match desk.catalog.search().ask(COLLECTION, question).await {
        Ok(answer) => answer,
        Err(failure) => return refuse(failure),
    };
    desk.count_cache(answer.cached);
    let histogram = match answer.cached {
        true => "request_duration_seconds_with_cache",
        false => "request_duration_seconds_without_cache",
    };
    metrics::histogram!(histogram, "method" => "POST", "endpoint" => "/ask").record(started.elapsed());
    Ok(([(header::CONTENT_TYPE, "application/json")], answer.json).into_response())
}

fn refuse(failure: CatalogError) -> Result<Response> {
    match failure {
        CatalogError::NotReady(_) => no_embedding(&failure),
        CatalogError::Part(part)
            if part.kind() == ErrorKind::Unreachable || part.kind() == ErrorKind::Timeout =>
        {
            no_embedding(&part)
        }
        failure => Err(Problem::from(failure)),
    }
}

fn no_embedding(cause: &dyn std::fmt::Display) -> Result<Response> {
    tracing::warn!(%cause, "no embedding for a question");
    let body = Json(json!({ "error": "Error al obtener el embedding" }));
    Ok((StatusCode::INTERNAL_SERVER_ERROR, body).into_response())
}
