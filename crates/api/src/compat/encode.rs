//! The embedding service: `GET /`, `GET /status`, `POST /encode`.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use catalejo_encoder::Lane;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::Fields;
use crate::problem::Result;
use crate::state::AppState;

const SAMPLE: &str = "This is my best example. I'll play well today \n John is my name";

/// The old plain text; browsers have been given the page before.
pub async fn index() -> Response {
    ([(header::VARY, "accept, accept-language")], "Funciona correctamente!").into_response()
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
pub async fn create(State(state): State<AppState>, fields: Fields) -> Result<Response> {
    let started = Instant::now();
    metrics::counter!("api_requests_total", "endpoint" => "/encode").increment(1);
    let text = fields.required("text")?;
    let vector = encode(&state, text).await?;
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
