use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::support::{DIMENSIONS, Service};

#[tokio::test]
async fn one_text_or_many_as_numbers_or_base64() {
    let service = Service::new().await;
    let one = service.post("/v1/embeddings", json!({ "model": "any", "input": "the sea" })).await.json();
    assert_eq!(
        (&one["object"], &one["model"], &one["usage"]["total_tokens"]),
        (&json!("list"), &json!("words"), &json!(2))
    );
    let numbers: Vec<f32> = serde_json::from_value(one["data"][0]["embedding"].clone()).unwrap();
    let body = json!({ "input": ["x", "the sea"], "encoding_format": "base64" });
    let many = service.post("/v1/embeddings", body).await.json();
    assert_eq!(many["data"][1]["index"], 1);
    let bytes = BASE64_STANDARD.decode(many["data"][1]["embedding"].as_str().unwrap()).unwrap();
    let same: Vec<f32> = bytes.chunks_exact(4).map(|c| f32::from_le_bytes(c.try_into().unwrap())).collect();
    assert_eq!(numbers, same);
    let encoder = service.get("/v1/encoder").await.json();
    assert_eq!((&encoder["name"], &encoder["dimensions"]), (&json!("words"), &json!(DIMENSIONS)));
}

#[tokio::test]
async fn wrong_inputs_are_refused() {
    let service = Service::new().await;
    let ask = |body| service.post("/v1/embeddings", body);
    assert_eq!(ask(json!({ "input": [1, 2] })).await.problem(), "invalid-json");
    assert_eq!(ask(json!({ "input": "x", "dimensions": 3 })).await.problem(), "invalid-request");
    assert_eq!(ask(json!({ "input": vec!["x"; 2049] })).await.problem(), "invalid-request");
}
