use std::sync::Arc;

use axum::http::StatusCode;
use catalejo_encoder::ModelInfo;
use serde_json::json;

use crate::support::{GoneEncoder, Plan, Service};

const PATH: &str = "/v1/collections/songs/search";

#[tokio::test]
async fn hits_say_why() {
    let service = Service::with_songs().await;
    let found = service.post(PATH, json!({ "query": "home beside the sea", "limit": 2 })).await.json();
    let first = &found["hits"][0];
    assert_eq!(first["id"], "1");
    assert_eq!((&first["why"]["vector"]["rank"], &first["why"]["text"]["rank"]), (&json!(1), &json!(1)));
    assert!(
        first["why"]["highlights"]["lyrics"][0].as_str().unwrap().contains("<mark>home</mark>"),
        "{first}"
    );
    assert_eq!(found["hits"].as_array().unwrap().len(), 2);
    assert_eq!((&found["total"], &found["total_exact"]), (&json!(3), &json!(true)));
    assert!(found["took_ms"].is_number() && found["version"].is_u64());
}

#[tokio::test]
async fn filters_facets_and_exclusions_work_together() {
    let service = Service::with_songs().await;
    let body = json!({ "filter": "artists = \"Marina\"", "facets": ["artists"], "exclude": ["3"], "fields": ["name"] });
    let found = service.post(PATH, body).await.json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);
    assert_eq!(found["hits"][0]["item"], json!({ "name": "Salt" }));
    assert_eq!(found["facets"][0]["values"][0]["value"], "Marina");
    let wrong = service.post(PATH, json!({ "filter": "tempo >" })).await;
    assert_eq!(wrong.problem(), "invalid-request");
    assert!(wrong.json()["detail"].as_str().unwrap().starts_with("filter"));
    assert_eq!(service.post(PATH, json!({ "query": "x", "limit": 1000 })).await.problem(), "invalid-request");
}

#[tokio::test]
async fn without_an_encoder_words_are_still_found() {
    let gone = ModelInfo { name: "gone".into(), fingerprint: "gone".into(), dimensions: 3, max_tokens: 9 };
    let service = Service::build(Plan { encoder: Arc::new(GoneEncoder(gone)), ..Plan::default() }).await;
    let songs = json!({ "items": [{ "id": "1", "lyrics": "the sea", "vector": [1, 0, 0] }] });
    assert_eq!(service.post("/v1/collections/songs/items", songs).await.json()["new"], 1);
    let found = service.post(PATH, json!({ "query": "sea" })).await.json();
    assert_eq!(found["hits"][0]["id"], "1");
    assert!(found["degraded"].is_string());
    let refused = service.post(PATH, json!({ "query": "sea", "mode": "vector" })).await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    );
    assert!(!refused.text().contains("10.1.2.3"), "a 5xx leaks internals: {}", refused.text());
}
