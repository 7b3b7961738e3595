use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Plan, Service, TOKEN};

const KEY: &str = "a-key-of-many-characters";

/// Every operation of the document is asked without a key: the open ones are those listed here and no others.
#[tokio::test]
async fn exactly_these_routes_are_open() {
    let service = Service::build(Plan { admin_key: Some(KEY), ..Plan::default() }).await;
    let document = service.get("/openapi.json").await.json();
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in
            ["get", "post", "put", "delete"].into_iter().filter(|method| item[*method] != Value::Null)
        {
            let address = path.replace("{collection}", "songs").replace(['{', '}'], "");
            let answer = service.ask(&method.to_uppercase(), &address, &[], "{}").await;
            if answer.status != StatusCode::UNAUTHORIZED {
                open.push(format!("{method} {path}"));
            }
        }
    }
    open.sort();
    assert_eq!(
        open,
        [
            "get /healthz",
            "get /metrics",
            "get /readyz",
            "get /status",
            "get /v1/collections",
            "get /v1/collections/{collection}",
            "get /v1/collections/{collection}/items",
            "get /v1/collections/{collection}/items/{id}",
            "get /v1/collections/{collection}/items/{id}/similar",
            "get /v1/encoder",
            "post /ask",
            "post /encode",
            "post /v1/collections/{collection}/search",
            "post /v1/embeddings",
        ]
    );
}

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
    assert_eq!(ask("Bearer a-key-of-many-characters").await, StatusCode::UNAUTHORIZED);
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
