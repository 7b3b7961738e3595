use std::sync::Arc;

use axum::http::StatusCode;
use catalejo_encoder::ModelInfo;
use serde_json::json;

use crate::support::{GoneEncoder, Plan, Service};

#[tokio::test]
async fn alive_and_ready() {
    let service = Service::new().await;
    assert_eq!(service.get("/healthz").await.text(), "ok");
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json(), json!({ "status": "ready", "failing": [], "degraded": [] }));
}

#[tokio::test]
async fn without_an_encoder_it_is_ready_for_less_and_says_so() {
    let gone = ModelInfo { name: "gone".into(), fingerprint: "gone".into(), dimensions: 64, max_tokens: 9 };
    let service = Service::build(Plan { encoder: Arc::new(GoneEncoder(gone)), ..Plan::default() }).await;
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["degraded"]), (StatusCode::OK, &json!(["encoder"])));
    let parts = service.get("/v1/parts").await.json();
    assert_eq!(parts["items"][1]["part"], "encoder");
    assert!(parts["items"][1]["message"].as_str().unwrap().contains("does not answer"));
}

#[tokio::test]
async fn metrics_bear_the_older_names() {
    let service = Service::with_songs().await;
    service.post("/encode", json!({ "text": "x" })).await;
    service.post("/ask", json!({ "question": "sea" })).await;
    let text = service.get("/metrics").await.text();
    for name in [
        "api_requests_total{endpoint=\"/encode\"}",
        "embedding_generation_seconds_count{endpoint=\"/encode\"}",
        "http_requests_total{method=\"POST\",endpoint=\"/ask\"}",
        "cache_misses_total{cache_type=\"memory\"}",
        "request_duration_seconds_without_cache_count{method=\"POST\",endpoint=\"/ask\"}",
        "embedding_processing_seconds_count{method=\"POST\",endpoint=\"/ask\"}",
    ] {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() >= 1.0, "{line}");
    }
}
