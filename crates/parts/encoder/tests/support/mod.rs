//! What the encoder's tests share: the fixtures and a real server in front of an encoder.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use catalejo_encoder::{Encoder, LANE_HEADER, Lane, ModelReply};
use catalejo_port::ErrorKind;
use serde_json::{Value, json};

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn mini_lm() -> PathBuf {
    let folder = std::env::var_os("CATALEJO_TEST_MODEL").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.cache/models/all-MiniLM-L6-v2"),
        PathBuf::from,
    );
    let message = "run `make test`, which fetches it, or name a model's folder in CATALEJO_TEST_MODEL";
    assert!(folder.join("model.safetensors").exists(), "no model in {}: {message}", folder.display());
    folder
}

/// Serves `router` on a free port of this machine; returns its address without a slash at the end.
pub async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Another Catalejo's encoder role, below `/prefix`.
pub async fn serve(encoder: Arc<dyn Encoder>) -> String {
    let routes =
        Router::new()
            .route(
                "/v1/encoder",
                get(|State(encoder): State<Arc<dyn Encoder>>| async move {
                    Json(ModelReply::from(encoder.model()))
                }),
            )
            .route("/v1/embeddings", post(embeddings))
            .with_state(encoder);
    listen(Router::new().nest("/prefix", routes)).await
}

async fn embeddings(
    State(encoder): State<Arc<dyn Encoder>>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Response {
    let texts: Vec<String> = serde_json::from_value(request["input"].clone()).unwrap();
    let bulk = headers.get(LANE_HEADER).is_some_and(|lane| lane == Lane::Bulk.as_str());
    match encoder.encode(&texts, if bulk { Lane::Bulk } else { Lane::Interactive }).await {
        Ok(all) => {
            let item = |(index, row)| json!({"index": index, "embedding": row});
            let data: Vec<_> = all.rows().enumerate().map(item).collect();
            let usage = json!({"prompt_tokens": all.tokens, "total_tokens": all.tokens});
            Json(json!({"data": data, "model": encoder.model().name, "usage": usage})).into_response()
        }
        Err(error) if error.kind() == ErrorKind::Busy => {
            let seconds = error.retry_after().unwrap().as_secs_f64().ceil().to_string();
            (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds)]).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
