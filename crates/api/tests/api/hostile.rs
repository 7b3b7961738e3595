//! What nobody means well: each answer is a plain refusal or the text as it was given, never a 5xx.

use axum::http::StatusCode;
use catalejo_accounts::Role;
use serde_json::{Value, json};

use crate::support::Service;

const TEXTS: [&str; 6] = [
    "'; DROP TABLE users; --",
    "\" OR 1=1 /*",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %s %n",
    "../../etc/passwd\r\nSet-Cookie: a=b",
    "\u{202e}txt.exe\u{0000}",
];

/// Nobody's input is our failure.
fn sane(what: &str, status: StatusCode) {
    assert!(!status.is_server_error(), "{what}: {status}");
}

#[tokio::test]
async fn texts_are_kept_as_they_are_or_refused() {
    let service = Service::with_songs().await;
    let (_, ana) = service.enter("ana", Role::Member).await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    for text in TEXTS {
        let published = service.with(&ana, "POST", "/v1/prompts", json!({ "text": text })).await;
        match text.contains('\0') {
            true => assert_eq!(published.problem(), "invalid-request"),
            false => {
                assert_eq!(
                    (published.status, &published.json()["text"]),
                    (StatusCode::CREATED, &json!(text))
                );
                assert_eq!(published.headers["content-type"], "application/json");
            }
        }
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/search?keyword={escaped}"),
            format!("/v1/prompts?query={escaped}"),
            format!("/v1/prompts?author={escaped}"),
            format!("/v1/people?query={escaped}"),
            format!("/v1/people/{escaped}"),
            format!("/friends/search?username={escaped}"),
            format!("/v1/collections/{escaped}"),
            format!("/v1/collections/songs/items/{escaped}"),
            format!("/v1/prompts?cursor={escaped}"),
        ] {
            sane(&path, service.get(&path).await.status);
        }
        for (path, body) in [
            ("/v1/users", json!({ "name": text, "password": text })),
            ("/v1/sessions", json!({ "name": text, "password": text })),
            ("/register", json!({ "username": text, "password": text })),
            ("/login", json!({ "username": text, "password": text })),
            ("/ask", json!({ "question": text })),
            ("/encode", json!({ "text": text })),
            ("/v1/collections/songs/search", json!({ "query": text })),
            ("/v1/collections/songs/search", json!({ "query": "x", "filter": text })),
        ] {
            sane(path, service.post(path, body).await.status);
        }
        for (method, path, body) in [
            ("POST", "/v1/prompts".to_owned(), json!({ "text": "x", "collection": text })),
            ("POST", "/v1/prompts".to_owned(), json!({ "text": "x", "filter": text })),
            ("POST", "/v1/prompts/1/reports".to_owned(), json!({ "reason": text })),
            ("POST", "/v1/people/root/reports".to_owned(), json!({ "reason": text })),
            ("PUT", format!("/v1/people/{escaped}/follow"), Value::Null),
            ("POST", "/v1/keys".to_owned(), json!({ "name": text, "scopes": ["search"] })),
            ("PATCH", "/v1/me".to_owned(), json!({ "current_password": text, "name": text })),
            ("DELETE", format!("/v1/sessions/{escaped}"), Value::Null),
            ("DELETE", format!("/v1/keys/{escaped}"), Value::Null),
        ] {
            sane(&path, service.with(&ana, method, &path, body).await.status);
        }
        for (method, path, body) in [
            ("PATCH", format!("/v1/users/{escaped}"), json!({ "role": "admin" })),
            ("POST", "/v1/reports/1/resolve".to_owned(), json!({ "action": text, "note": text })),
            ("POST", "/v1/sources".to_owned(), json!({ "name": text, "url": text, "collection": text })),
        ] {
            sane(&path, service.with(&admin, method, &path, body).await.status);
        }
    }
    let still = service.get("/v1/people").await.json();
    assert!(still["items"].as_array().unwrap().len() >= 2, "the table is still there: {still}");
}

#[tokio::test]
async fn sizes_and_encodings_are_bounded() {
    let service = Service::new().await;
    let (_, ana) = service.enter("ana", Role::Member).await;
    let large = json!({ "text": "x".repeat(10 << 20) });
    let answer = service.with(&ana, "POST", "/v1/prompts", large).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    let long = "n".repeat(10_000);
    let named = service.post("/v1/users", json!({ "name": long, "password": "long-enough" })).await;
    assert_eq!((named.status, named.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"));
    assert_eq!(service.get(&format!("/v1/people/{long}")).await.problem(), "not-found");
    let endless = json!({ "name": "ana", "password": "x".repeat(100_000) });
    assert_eq!(service.post("/v1/sessions", endless).await.problem(), "wrong-credentials");
    let long = service.with(&ana, "POST", "/v1/prompts", json!({ "text": "x".repeat(2001) })).await;
    assert_eq!(long.problem(), "invalid-request");

    let bytes = b"{\"name\": \"\xff\xfe\", \"password\": \"long-enough\"}".to_vec();
    let answer =
        service.ask("POST", "/v1/users", &[("content-type", "application/json")], bytes.clone()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-json"));
    let old = service.ask("POST", "/register", &[], bytes).await;
    assert_eq!(old.status, StatusCode::BAD_REQUEST);
    assert!(old.json()["error"].is_string());
    sane("a path", service.get("/v1/people/%FF%FE").await.status);
    sane("a query", service.get("/search?keyword=%FF%FE").await.status);
    for number in ["-1", "9223372036854775808", "1e9", "0x1", "%00"] {
        sane(number, service.get(&format!("/v1/prompts/{number}")).await.status);
        sane(
            number,
            service
                .with(&ana, "PUT", &format!("/updatePrompt/{number}"), json!({ "prompt": "x" }))
                .await
                .status,
        );
    }
}

#[tokio::test]
async fn proofs_that_prove_nothing_are_refused() {
    let service = Service::new().await;
    service.enter("root", Role::Admin).await;
    for token in [
        "cts_",
        "cts_AAAA",
        "ctk_' OR '1'='1",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.",
        &"x".repeat(20_000),
    ] {
        let refused = service.with(token, "GET", "/v1/runs", Value::Null).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token:.20}");
        let cookie = format!("catalejo_session={token}");
        let refused = service.ask("GET", "/v1/feed", &[("cookie", cookie.as_str())], "").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token:.20}");
    }
    let two = "catalejo_session=cts_x; catalejo_session=cts_y; a=b";
    assert_eq!(service.ask("GET", "/v1/feed", &[("cookie", two)], "").await.status, StatusCode::UNAUTHORIZED);
}
