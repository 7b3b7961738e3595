use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use catalejo_encoder::{Embeddings, ModelInfo};
use catalejo_port::{PortError, PortResult};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::json;

use crate::support::{DIMENSIONS, OddEncoder, Plan, Service};

#[tokio::test]
async fn what_cannot_be_answered_is_a_problem() {
    let service = Service::build(Plan { body: 1000, ..Plan::default() }).await;
    let search = "/v1/collections/songs/search";
    assert_eq!(service.get("/nowhere").await.problem(), "unknown-route");
    let method = service.ask("PATCH", search, &[], "").await;
    assert_eq!(
        (method.problem().as_str(), &method.headers["allow"]),
        ("method-not-allowed", &"POST".parse().unwrap())
    );
    let wrong = service.ask("POST", search, &[], "{\n \"query\": [1]\n}").await;
    assert_eq!(wrong.problem(), "invalid-json");
    assert_eq!((&wrong.json()["line"], &wrong.json()["path"]), (&json!(2), &json!("query")));
    assert_eq!(service.ask("POST", search, &[], "{").await.problem(), "invalid-json");
    assert_eq!(service.post(search, json!({ "qery": "x" })).await.problem(), "invalid-json");
    let large = service.post(search, json!({ "query": "x".repeat(2000) })).await;
    assert_eq!((large.status, large.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    assert_eq!(service.post("/v1/collections/none/search", json!({})).await.problem(), "not-found");
    assert_eq!(service.get("/v1/runs?state=odd").await.problem(), "invalid-request");
    assert_eq!(service.get("/v1/runs?colour=red").await.problem(), "invalid-request");
    assert_eq!(service.get("/v1/collections?cursor=***").await.problem(), "invalid-request");
    assert_eq!(service.get("/v1/collections?limit=101").await.problem(), "invalid-request");
}

#[tokio::test]
async fn a_request_keeps_a_sane_id_of_its_own() {
    let service = Service::new().await;
    let kept = service.ask("GET", "/nowhere", &[("x-request-id", "abc-123")], "").await;
    assert_eq!(kept.headers["x-request-id"], "abc-123");
    assert_eq!(kept.json()["request_id"], "abc-123");
    let replaced = service.ask("GET", "/nowhere", &[("x-request-id", "a b")], "").await;
    assert_ne!(replaced.headers["x-request-id"], "a b");
}

#[tokio::test]
async fn answers_are_compressed_where_asked() {
    let service = Service::new().await;
    let answer = service.ask("GET", "/openapi.json", &[("accept-encoding", "gzip")], "").await;
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.body[..2], [0x1f, 0x8b]);
}

fn odd(how: fn() -> BoxFuture<'static, PortResult<Embeddings>>) -> Plan {
    let model =
        ModelInfo { name: "odd".into(), fingerprint: "odd".into(), dimensions: DIMENSIONS, max_tokens: 9 };
    Plan { encoder: Arc::new(OddEncoder(model, how)), ..Plan::default() }
}

#[tokio::test]
async fn a_busy_encoder_says_when_to_ask_again() {
    let busy = || {
        ready(Err(PortError::busy("1,000 texts wait").with_retry_after(Duration::from_millis(2300)))).boxed()
    };
    let service = Service::build(odd(busy)).await;
    for (path, body) in [
        ("/v1/embeddings", json!({ "input": "x" })),
        ("/v1/collections/songs/search", json!({ "query": "x", "mode": "vector" })),
        ("/encode", json!({ "text": "x" })),
        ("/ask", json!({ "question": "x" })),
    ] {
        let answer = service.post(path, body).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        match path.starts_with("/v1/") {
            true => assert_eq!(answer.problem(), "busy"),
            false => assert!(answer.json()["error"].is_string(), "{path}: in the old form"),
        }
        assert_eq!(answer.headers["retry-after"], "3", "{path}: seconds, rounded up");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let plan = Plan { request_timeout: Duration::from_millis(50), ..odd(|| pending().boxed()) };
    let service = Service::build(plan).await;
    let answer = service.post("/v1/embeddings", json!({ "input": "x" })).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "timeout"));
    assert_eq!(service.get("/healthz").await.text(), "ok");
}

#[tokio::test]
async fn a_panic_is_caught_and_tells_nothing() {
    let service = Service::build(odd(|| panic!("the secret of 10.1.2.3"))).await;
    let answer = service.post("/v1/embeddings", json!({ "input": "x" })).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert!(!answer.text().contains("secret"), "{}", answer.text());
    assert!(
        answer.headers.contains_key("x-request-id") && answer.headers["x-content-type-options"] == "nosniff"
    );
    assert_eq!(service.get("/healthz").await.text(), "ok", "the process goes on");
}
