//! The embedding service: `GET /`, `GET /status`, `POST /encode`.

use std::time::Instant;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalejo_encoder::Lane;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{error, text_field};
use crate::page;
use crate::problem::Result;
use crate::state::AppState;

const SAMPLE: &str = "This is my best example. I'll play well today \n John is my name";

/// The page for browsers, the old plain text for everybody else.
pub async fn index(headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        return page::index(&headers);
    }
    let mut response = "Funciona correctamente!".into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
    response
}

/// Encode a sample.
///
/// Encodes a fixed text, to show that the model works.
#[utoipa::path(get, path = "/status", tag = "compatible", responses((status = 200, description = "`embedding` and `text`.", body = Object)))]
pub async fn status(State(state): State<AppState>) -> Result<Response> {
    let vector = encode(&state, SAMPLE).await?;
    Ok(Json(json!({ "embedding": vector, "text": SAMPLE })).into_response())
}

/// Encode one text.
///
/// Encodes one text.
#[utoipa::path(post, path = "/encode", tag = "compatible", request_body(content = Object, description = "`{\"text\": …}`"),
    responses((status = 200, description = "`embeddings` (one vector) and `text`.", body = Object),
        (status = 400, description = "`{\"error\": \"El campo 'text' es requerido\"}`.", body = Object)))]
pub async fn create(State(state): State<AppState>, body: Bytes) -> Result<Response> {
    let started = Instant::now();
    metrics::counter!("api_requests_total", "endpoint" => "/encode").increment(1);
    let text = match text_field(&body, "text") {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(error(StatusCode::BAD_REQUEST, "El campo 'text' es requerido")),
        Err(response) => return Ok(*response),
    };
    let vector = encode(&state, &text).await?;
    metrics::histogram!("embedding_generation_seconds", "endpoint" => "/encode").record(started.elapsed());
    Ok(Json(json!({ "embeddings": vector, "text": text })).into_response())
}

async fn encode(state: &AppState, text: &str) -> Result<Vec<f32>> {
    Ok(state.encoder()?.encode(&[text.to_owned()], Lane::Interactive).await?.data)
}

/// `/status` and `/encode`.
pub fn routes(state: AppState) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(status)).routes(routes!(create)).with_state(state)
}
