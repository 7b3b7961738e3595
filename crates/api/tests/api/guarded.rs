use axum::http::StatusCode;
use serde_json::json;

use crate::support::{Plan, Service, TOKEN};

const KEY: &str = "a-key-of-many-characters";

#[tokio::test]
async fn the_key_and_the_owners_token_open_the_rest() {
    let service = Service::build(Plan { admin_key: Some(KEY), ..Plan::default() }).await;
    for secret in [KEY, TOKEN] {
        let bearer = format!("Bearer {secret}");
        let answer = service.ask("GET", "/v1/runs", &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let refused = service.ask("GET", "/v1/runs", &[("authorization", "Bearer nearly")], "").await;
    assert_eq!(refused.problem(), "unauthorized");
    assert_eq!(refused.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn only_the_owner_makes_backups() {
    let service = Service::build(Plan { admin_key: Some(KEY), ..Plan::default() }).await;
    let body = json!({ "folder": "/somewhere" }).to_string();
    let ask = |secret: &'static str| {
        let (service, body) = (&service, body.clone());
        async move { service.ask("POST", "/v1/backups", &[("authorization", secret)], body).await.status }
    };
    assert_eq!(ask("Bearer a-key-of-many-characters").await, StatusCode::FORBIDDEN);
    assert_eq!(ask("Bearer the-owners-token").await, StatusCode::CREATED);
}

#[tokio::test]
async fn without_a_key_foreign_names_and_sites_are_refused() {
    let service = Service::new().await;
    let foreign = axum::http::Request::get("/v1/collections").header("host", "evil.example");
    let refused = service.send(foreign.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "forbidden-origin"));
    let cross = [("origin", "http://evil.example")];
    let write = service.ask("DELETE", "/v1/collections/songs", &cross, "").await;
    assert_eq!(write.problem(), "forbidden-origin");
    assert_eq!(service.get("/v1/collections/songs").await.status, StatusCode::OK, "nothing was deleted");
}
