//! Who may call what: every operation of the document, asked by nobody, by somebody else, by the owner of what it is
//! about, and by an administrator.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use catalejo_accounts::Role;
use serde_json::{Value, json};

use crate::support::Service;

/// Method, route, body, and what anonymous, another user, the owner and an administrator are answered. `$owner` is the owner's
/// name, `$prompt` the owner's prompt; a word names the problem's code where one status could mean two things.
const ROUTES: &[(&str, &str, &str, [&str; 4])] = &[
    ("get", "/healthz", "", ["200", "200", "200", "200"]),
    ("get", "/readyz", "", ["200", "200", "200", "200"]),
    ("get", "/metrics", "", ["200", "200", "200", "200"]),
    ("get", "/v1/parts", "", ["401", "403", "403", "200"]),
    ("get", "/v1/encoder", "", ["200", "200", "200", "200"]),
    ("post", "/v1/embeddings", r#"{"input":"x"}"#, ["200", "200", "200", "200"]),
    ("post", "/v1/backups", r#"{"folder":"/x"}"#, ["401", "403", "403", "403"]),
    // the catalogue
    ("get", "/v1/collections", "", ["200", "200", "200", "200"]),
    ("post", "/v1/collections", "{}", ["401", "403", "403", "400"]),
    ("get", "/v1/collections/{collection}", "", ["200", "200", "200", "200"]),
    ("put", "/v1/collections/{collection}", "{}", ["401", "403", "403", "400"]),
    ("delete", "/v1/collections/none", "", ["401", "403", "403", "404"]),
    ("post", "/v1/collections/{collection}/reindex", "", ["401", "403", "403", "202"]),
    ("get", "/v1/collections/{collection}/items", "", ["200", "200", "200", "200"]),
    ("post", "/v1/collections/{collection}/items", r#"{"items":[]}"#, ["401", "403", "403", "200"]),
    ("get", "/v1/collections/{collection}/items/{id}", "", ["404", "404", "404", "404"]),
    ("put", "/v1/collections/{collection}/items/{id}", "[]", ["401", "403", "403", "400"]),
    ("delete", "/v1/collections/{collection}/items/{id}", "", ["401", "403", "403", "404"]),
    ("get", "/v1/collections/{collection}/items/{id}/similar", "", ["404", "404", "404", "404"]),
    ("post", "/v1/collections/{collection}/search", "{}", ["200", "200", "200", "200"]),
    ("post", "/v1/collections/{collection}/imports", "{}", ["401", "403", "403", "400"]),
    ("get", "/v1/collections/{collection}/rejections", "", ["401", "403", "403", "200"]),
    ("get", "/v1/sources", "", ["401", "403", "403", "200"]),
    ("post", "/v1/sources", "{}", ["401", "403", "403", "400"]),
    ("get", "/v1/sources/{source}", "", ["401", "403", "403", "404"]),
    ("put", "/v1/sources/{source}", "{}", ["401", "403", "403", "400"]),
    ("delete", "/v1/sources/{source}", "", ["401", "403", "403", "404"]),
    ("post", "/v1/sources/{source}/test", "", ["401", "403", "403", "404"]),
    ("post", "/v1/sources/{source}/crawl", "", ["401", "403", "403", "404"]),
    ("get", "/v1/dead-letters", "", ["401", "403", "403", "200"]),
    ("delete", "/v1/dead-letters/{id}", "", ["401", "403", "403", "404"]),
    ("post", "/v1/dead-letters/{id}/replay", "", ["401", "403", "403", "404"]),
    ("get", "/v1/runs", "", ["401", "403", "403", "200"]),
    ("get", "/v1/runs/{run}", "", ["401", "403", "403", "404"]),
    ("get", "/v1/runs/{run}/log", "", ["401", "403", "403", "404"]),
    ("get", "/v1/runs/{run}/events", "", ["401", "403", "403", "404"]),
    ("post", "/v1/runs/{run}/cancel", "", ["401", "403", "403", "404"]),
    ("post", "/v1/runs/{run}/retry", "", ["401", "403", "403", "404"]),
    // accounts
    ("get", "/v1/session", "", ["200", "200", "200", "200"]),
    ("get", "/v1/users", "", ["401", "403", "403", "200"]),
    ("post", "/v1/users", r#"{"name":"x","role":"admin"}"#, ["403", "403", "403", "400"]),
    ("patch", "/v1/users/{name}", r#"{"role":"member"}"#, ["401", "403", "403", "200"]),
    ("delete", "/v1/users/{name}", "", ["401", "403", "403", "204"]),
    ("delete", "/v1/demo-people", "", ["401", "403", "403", "200"]),
    ("post", "/v1/sessions", r#"{"name":"$owner","password":"wrong-password"}"#, WRONG),
    ("get", "/v1/sessions", "", ["401", "200", "200", "200"]),
    ("delete", "/v1/sessions", "", ["401", "204", "204", "204"]),
    ("delete", "/v1/sessions/{session}", "", ["401", "404", "204", "404"]),
    ("patch", "/v1/me", r#"{"current_password":"wrong-password","name":"somebody-new"}"#, OWN_PASSWORD),
    ("delete", "/v1/me", r#"{"password":"wrong-password"}"#, OWN_PASSWORD),
    ("get", "/v1/keys", "", ["401", "200", "200", "200"]),
    ("post", "/v1/keys", r#"{"name":"k","scopes":["ingest"]}"#, ["401", "403", "403", "201"]),
    ("delete", "/v1/keys/{key}", "", ["401", "404", "204", "404"]),
    // prompts, people, moderation
    ("get", "/v1/prompts", "", ["200", "200", "200", "200"]),
    ("post", "/v1/prompts", r#"{"text":"x"}"#, ["401", "201", "201", "201"]),
    ("get", "/v1/prompts/{prompt}", "", ["200", "200", "200", "200"]),
    ("patch", "/v1/prompts/{prompt}", r#"{"text":"y"}"#, ["401", "403", "200", "403"]),
    ("delete", "/v1/prompts/{prompt}", "", ["401", "403", "204", "204"]),
    ("put", "/v1/prompts/{prompt}/like", "", ["401", "200", "200", "200"]),
    ("delete", "/v1/prompts/{prompt}/like", "", ["401", "200", "200", "200"]),
    ("post", "/v1/prompts/{prompt}/reports", r#"{"reason":"spam"}"#, ["401", "201", "201", "201"]),
    ("get", "/v1/feed", "", ["401", "200", "200", "200"]),
    ("get", "/v1/people", "", ["200", "200", "200", "200"]),
    ("get", "/v1/people/{name}", "", ["200", "200", "200", "200"]),
    ("get", "/v1/people/{name}/prompts", "", ["200", "200", "200", "200"]),
    ("get", "/v1/people/{name}/followers", "", ["200", "200", "200", "200"]),
    ("get", "/v1/people/{name}/following", "", ["200", "200", "200", "200"]),
    ("put", "/v1/people/{name}/follow", "", ["401", "200", "400", "200"]),
    ("delete", "/v1/people/{name}/follow", "", ["401", "200", "200", "200"]),
    ("put", "/v1/people/{name}/mute", "", ["401", "200", "400", "200"]),
    ("delete", "/v1/people/{name}/mute", "", ["401", "200", "200", "200"]),
    ("put", "/v1/people/{name}/block", "", ["401", "200", "400", "200"]),
    ("delete", "/v1/people/{name}/block", "", ["401", "200", "200", "200"]),
    ("post", "/v1/people/{name}/reports", r#"{"reason":"spam"}"#, ["401", "201", "201", "201"]),
    ("get", "/v1/reports", "", ["401", "403", "403", "200"]),
    ("post", "/v1/reports/{report}/resolve", r#"{"action":"dismiss"}"#, ["401", "403", "403", "404"]),
    ("get", "/v1/audit", "", ["401", "403", "403", "200"]),
    // the lyrics network's routes: the name in the request is the owner's
    ("get", "/status", "", ["200", "200", "200", "200"]),
    ("post", "/encode", r#"{"text":"x"}"#, ["200", "200", "200", "200"]),
    ("post", "/ask", r#"{"question":"x"}"#, ["200", "200", "200", "200"]),
    ("post", "/register", r#"{"username":"x","password":"y"}"#, ["400", "400", "400", "400"]),
    ("post", "/login", r#"{"username":"$owner","password":"y"}"#, ["404", "404", "404", "404"]),
    ("post", "/publish", r#"{"username":"$owner","prompt":"x"}"#, ["401", "403", "200", "403"]),
    ("get", "/search?keyword=x", "", ["200", "200", "200", "200"]),
    ("post", "/like", r#"{"username":"$owner","prompt_id":$prompt}"#, ["401", "403", "200", "403"]),
    ("get", "/me/getProfile?username=$owner", "", ["401", "403", "200", "403"]),
    ("get", "/me/getMyPrompts?username=$owner", "", ["401", "403", "200", "403"]),
    (
        "post",
        "/me/updateUsername",
        r#"{"username":"$owner","password":"y","newUsername":"z"}"#,
        ["401", "403", "400", "403"],
    ),
    (
        "post",
        "/me/updatePassword",
        r#"{"username":"$owner","password":"y","newPassword":"z"}"#,
        ["401", "403", "400", "403"],
    ),
    ("put", "/updatePrompt/{prompt_id}", r#"{"prompt":"y"}"#, ["401", "403", "200", "403"]),
    ("delete", "/deletePrompts/{prompt_id}", "", ["401", "403", "200", "403"]),
    ("get", "/friends/random", "", ["200", "200", "200", "200"]),
    ("get", "/friends/search?username=$owner", "", ["200", "200", "200", "200"]),
    ("post", "/follow", "follower_username=$owner&followee_username=bystander", ["401", "403", "200", "403"]),
    ("get", "/friends?follower_id=$owner", "", ["401", "403", "200", "403"]),
    ("get", "/feed?username=$owner", "", ["401", "403", "200", "403"]),
];

const WRONG: [&str; 4] = ["wrong-credentials"; 4];
const OWN_PASSWORD: [&str; 4] = ["401", "wrong-credentials", "wrong-credentials", "wrong-credentials"];

/// What a request is about, and who asks.
struct Scene {
    places: BTreeMap<&'static str, String>,
    tokens: [Option<String>; 4],
}

impl Scene {
    async fn new(service: &Service, number: usize) -> Self {
        let (owner, owner_token) = service.enter(&format!("owner{number}"), Role::Member).await;
        let (_, other) = service.enter(&format!("other{number}"), Role::Member).await;
        let (_, admin) = service.enter(&format!("admin{number}"), Role::Admin).await;
        let new = catalejo_social::NewPrompt { text: "night trains".into(), ..Default::default() };
        let prompt = service.social.publish(owner.id, new).await.unwrap().id.to_string();
        let session = service.accounts.sessions(owner.id).await.unwrap().remove(0).id;
        let key = service
            .with(&owner_token, "POST", "/v1/keys", json!({ "name": "k", "scopes": ["search"] }))
            .await;
        let key = key.json()["id"].as_str().unwrap().to_owned();
        let places = [
            ("{collection}", "songs".into()),
            ("{prompt_id}", prompt.clone()),
            ("{prompt}", prompt.clone()),
            ("{name}", owner.name.clone()),
            ("{session}", session),
            ("{key}", key),
            ("{report}", "987654".into()),
            ("{id}", "987654".into()),
            ("{source}", "nowhere".into()),
            ("{run}", "0198c6a4-0000-7000-8000-000000000000".into()),
            ("$owner", owner.name),
            ("$prompt", prompt),
        ];
        Self { places: places.into(), tokens: [None, Some(other), Some(owner_token), Some(admin)] }
    }

    fn fill(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
    }
}

/// A route of the matrix as the document writes it.
fn documented(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let path = path.replace("{prompt}", "{id}").replace("{report}", "{id}");
    path.replace("{session}", "{id}")
        .replace("{key}", "{id}")
        .replace("/collections/none", "/collections/{collection}")
}

#[tokio::test]
async fn every_operation_answers_each_of_them_as_the_matrix_says() {
    let service = Service::new().await;
    service.enter("bystander", Role::Member).await;
    service.enter("first-admin", Role::Admin).await;
    let document = service.get("/openapi.json").await.json();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let known = ROUTES.iter().any(|(m, route, ..)| *m == method && documented(route) == *path);
            if item[method] != Value::Null && !known {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "not in the matrix");

    let mut wrong = Vec::new();
    println!("{:<7} {:<62} anonymous, other, owner, admin", "method", "route");
    for (number, (method, path, body, expected)) in ROUTES.iter().enumerate() {
        let mut real = Vec::new();
        for (who, expected) in expected.iter().enumerate() {
            let scene = Scene::new(&service, number * 4 + who).await;
            let bearer = scene.tokens[who].as_ref().map(|token| format!("Bearer {token}"));
            let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
            let answer =
                service.ask(&method.to_uppercase(), &scene.fill(path), &headers, scene.fill(body)).await;
            let code = match answer.status {
                StatusCode::UNAUTHORIZED => {
                    serde_json::from_slice::<Value>(&answer.body).unwrap()["code"].clone()
                }
                _ => Value::Null,
            };
            let seen = match code.as_str() {
                Some(code) if code != "unauthorized" => code.to_owned(),
                _ => answer.status.as_u16().to_string(),
            };
            if seen != *expected {
                wrong.push(format!("{method} {path}, no. {who}: {seen}, not {expected}: {}", answer.text()));
            }
            real.push(seen);
        }
        println!("{method:<7} {path:<62} {}", real.join(", "));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
