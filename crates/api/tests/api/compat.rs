use std::sync::Arc;

use axum::http::StatusCode;
use catalejo_encoder::ModelInfo;
use serde_json::json;

use crate::support::{DIMENSIONS, GoneEncoder, Plan, Service};

#[tokio::test]
async fn index_says_that_it_works_unless_a_browser_asks() {
    let service = Service::new().await;
    let plain = service.get("/").await;
    assert_eq!((plain.status, plain.text().as_str()), (StatusCode::OK, "Funciona correctamente!"));
    assert!(plain.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    let page = service.ask("GET", "/", &[("accept", "text/html,application/xhtml+xml")], "").await;
    assert!(page.text().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn encode_answers_embeddings_and_text() {
    let service = Service::new().await;
    let answer = service.post("/encode", json!({ "text": "Hola" })).await.json();
    assert_eq!(answer["text"], "Hola");
    assert_eq!(answer["embeddings"].as_array().unwrap().len(), DIMENSIONS);
    let status = service.get("/status").await.json();
    assert_eq!(status["embedding"].as_array().unwrap().len(), DIMENSIONS);
    assert!(status["text"].as_str().unwrap().starts_with("This is my best example."));
    let missing = service.post("/encode", json!({})).await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    assert_eq!(missing.json(), json!({ "error": "El campo 'text' es requerido" }));
}

#[tokio::test]
async fn ask_answers_songs_nearest_first_and_from_the_cache() {
    let service = Service::with_songs().await;
    let question = json!({ "question": "home beside the sea" });
    let first = service.post("/ask", question.clone()).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(
        first.json()[0],
        json!({ "name": "Salt", "lyrics": "home beside the sea", "artists": "Marina" })
    );
    assert_eq!(first.json().as_array().unwrap().len(), 3);
    let metrics = service.get("/metrics").await.text();
    let hits = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("cache_hits_total{cache_type=\"memory\"}"));
        line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
    };
    let before = hits(&metrics);
    assert_eq!(service.post("/ask", question.clone()).await.json(), first.json());
    assert!(hits(&service.get("/metrics").await.text()) > before, "the second answer comes from the cache");
    let more = json!({ "items": [{ "id": "9", "name": "New", "lyrics": "home beside the sea" }] });
    service.post("/v1/collections/songs/items", more).await;
    assert_eq!(
        service.post("/ask", question).await.json().as_array().unwrap().len(),
        4,
        "an upsert is seen at once"
    );
}

#[tokio::test]
async fn ask_keeps_the_old_errors() {
    let service = Service::new().await;
    for body in [json!({}), json!({ "question": null })] {
        let missing = service.post("/ask", body).await;
        assert_eq!(missing.status, StatusCode::BAD_REQUEST);
        assert_eq!(missing.json(), json!({ "error": "El campo 'question' es requerido" }));
    }
    assert_eq!(service.post("/ask", json!({ "question": 5 })).await.status, StatusCode::BAD_REQUEST);
    let gone =
        ModelInfo { name: "gone".into(), fingerprint: "gone".into(), dimensions: DIMENSIONS, max_tokens: 9 };
    let service = Service::build(Plan { encoder: Arc::new(GoneEncoder(gone)), ..Plan::default() }).await;
    let failed = service.post("/ask", json!({ "question": "sea" })).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.json(), json!({ "error": "Error al obtener el embedding" }));
}

#[tokio::test]
async fn any_page_may_call_the_old_routes_and_no_other() {
    let service = Service::with_songs().await;
    let origin = [("origin", "http://elsewhere.example")];
    let asked = service.ask("POST", "/ask", &origin, json!({ "question": "sea" }).to_string()).await;
    assert_eq!(asked.headers["access-control-allow-origin"], "*");
    let preflight = [
        ("origin", "http://x.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    assert_eq!(
        service.ask("OPTIONS", "/ask", &preflight, "").await.headers["access-control-allow-origin"],
        "*"
    );
    let other = service.ask("GET", "/v1/collections", &origin, "").await;
    assert!(!other.headers.contains_key("access-control-allow-origin"));
}
