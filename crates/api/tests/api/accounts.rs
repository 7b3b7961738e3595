use axum::http::StatusCode;
use catalejo_accounts::{NewUser, Role};
use catalejo_api::Rates;
use serde_json::{Value, json};

use crate::support::{Answer, Plan, Service};

const PASSWORD: &str = "long-enough";

/// Registers; the cookie pair and the token.
async fn register(service: &Service, name: &str) -> (String, String) {
    let answer = service.post("/v1/users", json!({ "name": name, "password": PASSWORD })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "over plain HTTP a browser would not keep it: {cookie}");
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["session"]["current"], true);
    (cookie.split(';').next().unwrap().to_owned(), token)
}

async fn by_cookie(
    service: &Service,
    cookie: &str,
    method: &str,
    path: &str,
    more: &[(&str, &str)],
    body: Value,
) -> Answer {
    let headers = [&[("cookie", cookie), ("content-type", "application/json")], more].concat();
    service.ask(method, path, &headers, body.to_string()).await
}

async fn name_of(service: &Service, headers: &[(&str, &str)]) -> Value {
    service.ask("GET", "/v1/session", headers, "").await.json()["user"]["name"].clone()
}

#[tokio::test]
async fn a_session_proves_who_asks_until_it_is_ended_and_is_not_replayed() {
    let service = Service::new().await;
    let (cookie, token) = register(&service, "ana").await;
    let bearer = format!("Bearer {token}");
    for headers in [[("cookie", cookie.as_str())], [("authorization", bearer.as_str())]] {
        assert_eq!(name_of(&service, &headers).await, "ana");
    }
    let sessions = service.with(&token, "GET", "/v1/sessions", Value::Null).await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    let left = by_cookie(&service, &cookie, "DELETE", "/v1/sessions/current", &[], Value::Null).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    assert!(left.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    for headers in [[("cookie", cookie.as_str())], [("authorization", bearer.as_str())]] {
        assert_eq!(name_of(&service, &headers).await, Value::Null);
        let replayed = service.ask("GET", "/v1/sessions", &headers, "").await;
        assert_eq!(
            (replayed.status, replayed.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "unauthorized")
        );
    }
    let again = service.post("/v1/sessions", json!({ "name": "ANA", "password": PASSWORD })).await;
    assert_eq!((again.status, &again.json()["user"]["name"]), (StatusCode::CREATED, &json!("ana")));
    let wrong = service.post("/v1/sessions", json!({ "name": "ana", "password": "not-this-one" })).await;
    let nobody = service.post("/v1/sessions", json!({ "name": "nobody", "password": "not-this-one" })).await;
    assert_eq!(
        (wrong.problem().as_str(), &wrong.json()["detail"]),
        ("wrong-credentials", &nobody.json()["detail"])
    );
}

#[tokio::test]
async fn a_cookie_changes_nothing_for_another_site() {
    let service = Service::new().await;
    let (cookie, token) = register(&service, "ana").await;
    let publish = json!({ "text": "night trains" });
    for foreign in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = by_cookie(&service, &cookie, "POST", "/v1/prompts", &[foreign], publish.clone()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::FORBIDDEN, "forbidden-origin"),
            "{foreign:?}"
        );
        let old =
            by_cookie(&service, &cookie, "POST", "/publish", &[foreign], json!({ "prompt": "x" })).await;
        assert_eq!(old.status, StatusCode::FORBIDDEN, "{foreign:?}");
        assert!(old.json()["error"].is_string());
    }
    assert_eq!(service.get("/v1/prompts").await.json()["items"], json!([]), "nothing was published");
    for own in [("origin", "http://localhost"), ("sec-fetch-site", "same-origin")] {
        let answer = by_cookie(&service, &cookie, "POST", "/v1/prompts", &[own], publish.clone()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{own:?}: {}", answer.text());
    }
    let bearer = format!("Bearer {token}");
    let program = [("authorization", bearer.as_str()), ("origin", "http://app.example")];
    let answer = service.ask("POST", "/v1/prompts", &program, publish.to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "nobody can make a browser send a token");
    for path in ["/v1/sessions", "/v1/users", "/login", "/register"] {
        let body = json!({ "name": "ana", "username": "ana", "password": PASSWORD }).to_string();
        let forged = service.ask("POST", path, &[("origin", "http://evil.example")], body).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{path}: nobody is logged in by another site");
    }
}

#[tokio::test]
async fn the_first_administrator_comes_by_the_link_and_then_everything_needs_somebody() {
    let service = Service::new().await;
    let setup = service.accounts.setup_token().await.unwrap().unwrap();
    let who = service.get("/v1/session").await.json();
    assert_eq!((&who["via"], &who["setup_needed"]), (&json!("owner"), &json!(true)));
    assert_eq!(service.get("/v1/runs").await.status, StatusCode::OK, "this machine is obeyed");
    let body = |token: &str| json!({ "name": "root", "password": PASSWORD, "setup_token": token });
    assert_eq!(service.post("/v1/users", body("ctu_wrong")).await.problem(), "forbidden");
    let made = service.post("/v1/users", body(setup.expose())).await;
    assert_eq!((made.status, &made.json()["user"]["role"]), (StatusCode::CREATED, &json!("admin")));
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(service.post("/v1/users", body(setup.expose())).await.problem(), "forbidden", "once");
    assert_eq!(service.get("/v1/runs").await.problem(), "unauthorized");
    assert_eq!(service.with(&token, "GET", "/v1/runs", Value::Null).await.status, StatusCode::OK);
    assert_eq!(service.get("/v1/session").await.json()["via"], Value::Null);
    let last = service.with(&token, "PATCH", "/v1/users/root", json!({ "role": "member" })).await;
    assert_eq!(last.problem(), "conflict", "the last administrator stays one");
}

#[tokio::test]
async fn keys_open_their_scopes_and_collections_and_nothing_else() {
    let service = Service::new().await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    let (_, member) = service.enter("ana", Role::Member).await;
    let create = async |token: &str, body: Value| service.with(token, "POST", "/v1/keys", body).await;
    let ingest =
        create(&admin, json!({ "name": "loader", "scopes": ["ingest"], "collections": ["songs"] })).await;
    assert_eq!(ingest.status, StatusCode::CREATED);
    let (id, key) = (ingest.json()["id"].clone(), ingest.json()["key"].as_str().unwrap().to_owned());
    let items = json!({ "items": [{ "id": "1", "name": "Salt" }] });
    let path = "/v1/collections/songs/items";
    assert_eq!(service.with(&key, "POST", path, items.clone()).await.status, StatusCode::OK);
    let other = service.with(&key, "POST", "/v1/collections/recipes/items", items.clone()).await;
    assert_eq!(other.problem(), "forbidden");
    let smuggled = service.with(&key, "POST", "/v1/collections/%73ongs/items", items.clone()).await;
    assert_eq!(smuggled.status, StatusCode::OK, "the same collection, escaped");
    for (method, path) in
        [("POST", "/v1/sources"), ("GET", "/v1/runs"), ("POST", "/v1/prompts"), ("GET", "/v1/sessions")]
    {
        let refused = service.with(&key, method, path, json!({ "text": "x" })).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::FORBIDDEN, "forbidden"),
            "{path}"
        );
    }
    let search = create(&member, json!({ "name": "app", "scopes": ["search"] })).await.json();
    let refused = service.with(search["key"].as_str().unwrap(), "POST", path, items.clone()).await;
    assert_eq!(refused.problem(), "forbidden");
    assert_eq!(create(&member, json!({ "name": "app", "scopes": ["admin"] })).await.problem(), "forbidden");
    assert_eq!(
        create(&member, json!({ "name": "app", "scopes": ["magic"] })).await.problem(),
        "invalid-request"
    );

    let revoke = format!("/v1/keys/{}", id.as_str().unwrap());
    assert_eq!(service.with(&admin, "DELETE", &revoke, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.with(&key, "POST", path, items).await.problem(), "unauthorized", "revoked");
    let listed = service.with(&admin, "GET", "/v1/keys", Value::Null).await.json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn name_and_password_change_and_the_account_goes() {
    let service = Service::new().await;
    let (cookie, token) = register(&service, "ana").await;
    let login = json!({ "name": "ana", "password": PASSWORD });
    let elsewhere = service.post("/v1/sessions", login).await.json()["token"].as_str().unwrap().to_owned();
    service.with(&token, "POST", "/v1/prompts", json!({ "text": "night trains" })).await;
    let change = async |body: Value| service.with(&token, "PATCH", "/v1/me", body).await;
    assert_eq!(
        change(json!({ "current_password": "wrong-one", "name": "ana.b" })).await.problem(),
        "wrong-credentials"
    );
    assert_eq!(change(json!({ "current_password": PASSWORD })).await.problem(), "invalid-request");
    let renamed = change(json!({ "current_password": PASSWORD, "name": "ana.b" })).await;
    assert_eq!(renamed.json()["name"], "ana.b");
    assert_eq!(service.get("/v1/people/ana.b/prompts").await.json()["items"][0]["author"], "ana.b");
    let new = change(json!({ "current_password": PASSWORD, "new_password": "another-one" })).await;
    assert_eq!(new.status, StatusCode::OK);
    assert_eq!(
        service.with(&elsewhere, "GET", "/v1/sessions", Value::Null).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(service.with(&token, "GET", "/v1/sessions", Value::Null).await.status, StatusCode::OK);

    let gone =
        by_cookie(&service, &cookie, "DELETE", "/v1/me", &[], json!({ "password": "another-one" })).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(
        service.with(&token, "GET", "/v1/feed", Value::Null).await.problem(),
        "unauthorized",
        "a deleted user's"
    );
    assert_eq!(service.get("/v1/people/ana.b").await.problem(), "not-found");
    assert_eq!(service.get("/v1/prompts").await.json()["items"], json!([]));
}

#[tokio::test]
async fn administrators_make_accounts_where_registration_is_closed() {
    let service = Service::build(Plan { registration_open: false, ..Plan::default() }).await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    let body = json!({ "name": "ana", "password": PASSWORD });
    assert_eq!(service.post("/v1/users", body.clone()).await.problem(), "forbidden");
    assert_eq!(service.get("/v1/session").await.json()["registration_open"], false);
    let made = service.with(&admin, "POST", "/v1/users", body.clone()).await;
    assert_eq!((made.status, &made.json()["token"]), (StatusCode::CREATED, &Value::Null));
    assert_eq!(service.post("/v1/sessions", body).await.status, StatusCode::CREATED);
    let out = service.with(&admin, "PATCH", "/v1/users/ana", json!({ "suspended": true })).await;
    assert_eq!(out.json()["suspended"], true);
    let login = service.post("/v1/sessions", json!({ "name": "ana", "password": PASSWORD })).await;
    assert_eq!(login.problem(), "forbidden");
}

#[tokio::test]
async fn too_often_is_told_with_the_time_to_wait() {
    let plan = Plan { rates: Rates { writes: 3, logins: 3 }, ..Plan::default() };
    let service = Service::build(plan).await;
    for _ in 0..3 {
        let body = json!({ "name": "nobody", "password": PASSWORD });
        assert_eq!(service.post("/v1/sessions", body).await.problem(), "wrong-credentials");
    }
    let refused = service.post("/v1/sessions", json!({ "name": "nobody", "password": PASSWORD })).await;
    assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::TOO_MANY_REQUESTS, "rate-limited"));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    let old = service.post("/login", json!({ "username": "nobody", "password": PASSWORD })).await;
    assert_eq!(old.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(old.json()["error"].is_string() && old.headers.contains_key("retry-after"));

    let (_, token) = service.enter("ana", Role::Member).await;
    let publish = async || service.with(&token, "POST", "/v1/prompts", json!({ "text": "x" })).await.status;
    for _ in 0..3 {
        assert_eq!(publish().await, StatusCode::CREATED);
    }
    assert_eq!(publish().await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        service.post("/ask", json!({ "question": "x" })).await.status,
        StatusCode::OK,
        "asking is not writing"
    );
}

#[tokio::test]
async fn demo_people_go_by_one_command() {
    let service = Service::new().await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    let demo = NewUser { name: "demo-ana".into(), password: None, role: Role::Member, demo: true };
    service.accounts.create_user(demo).await.unwrap();
    assert_eq!(service.get("/v1/people/demo-ana").await.json()["demo"], true);
    let removed = service.with(&admin, "DELETE", "/v1/demo-people", Value::Null).await;
    assert_eq!(removed.json(), json!({ "removed": 1 }));
    assert_eq!(service.get("/v1/people/demo-ana").await.problem(), "not-found");
}

#[tokio::test]
async fn a_proxy_says_who_is_behind_it_where_it_is_believed() {
    let enter = async |service: &Service, from: &str| {
        let body = json!({ "name": "nobody", "password": PASSWORD }).to_string();
        service.ask("POST", "/v1/sessions", &[("x-forwarded-for", from)], body).await.status
    };
    let rates = Rates { writes: 0, logins: 1 };
    let believed = Plan { rates, address_header: Some("x-forwarded-for"), ..Plan::default() };
    let believed = Service::build(believed).await;
    assert_eq!(enter(&believed, "192.0.2.1").await, StatusCode::UNAUTHORIZED);
    assert_eq!(enter(&believed, "192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(enter(&believed, "192.0.2.9, 192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS, "its own word");
    let other = service_name(&believed, "192.0.2.2").await;
    assert_eq!(other, StatusCode::UNAUTHORIZED);
    let deaf = Service::build(Plan { rates, ..Plan::default() }).await;
    assert_eq!(enter(&deaf, "192.0.2.1").await, StatusCode::UNAUTHORIZED);
    assert_eq!(service_name(&deaf, "192.0.2.2").await, StatusCode::TOO_MANY_REQUESTS, "anybody could say so");
}

/// The same under another name, which has tries of its own.
async fn service_name(service: &Service, from: &str) -> StatusCode {
    let body = json!({ "name": "somebody", "password": PASSWORD }).to_string();
    service.ask("POST", "/v1/sessions", &[("x-forwarded-for", from)], body).await.status
}

#[tokio::test]
async fn a_report_is_decided_by_an_administrator_and_noted() {
    let service = Service::new().await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    let (_, ana) = service.enter("ana", Role::Member).await;
    let (_, bob) = service.enter("bob", Role::Member).await;
    let prompt = service.with(&ana, "POST", "/v1/prompts", json!({ "text": "buy now" })).await.json();
    let id = prompt["id"].as_i64().unwrap();
    let liked = service.with(&bob, "PUT", &format!("/v1/prompts/{id}/like"), Value::Null).await.json();
    assert_eq!((&liked["likes"], &liked["liked"]), (&json!(1), &json!(true)));
    let again = service.with(&bob, "PUT", &format!("/v1/prompts/{id}/like"), Value::Null).await.json();
    assert_eq!(again, liked, "liking again changes nothing");
    let report =
        service.with(&bob, "POST", &format!("/v1/prompts/{id}/reports"), json!({ "reason": "spam" })).await;
    assert_eq!(report.status, StatusCode::CREATED);
    let open = service.with(&admin, "GET", "/v1/reports?state=open", Value::Null).await.json();
    assert_eq!(
        (&open["items"][0]["prompt"]["text"], &open["items"][0]["person"]["name"]),
        (&json!("buy now"), &json!("ana"))
    );
    let resolve = format!("/v1/reports/{}/resolve", open["items"][0]["id"]);
    let decision = json!({ "action": "suspend_user", "note": "third time" });
    let resolved = service.with(&admin, "POST", &resolve, decision.clone()).await.json();
    assert_eq!((&resolved["state"], &resolved["resolved_by"]), (&json!("resolved"), &json!("root")));
    assert_eq!(service.with(&admin, "POST", &resolve, decision).await.problem(), "conflict");
    assert_eq!(service.get(&format!("/v1/prompts/{id}")).await.problem(), "not-found", "hidden");
    assert_eq!(
        service.with(&ana, "GET", "/v1/feed", Value::Null).await.status,
        StatusCode::UNAUTHORIZED,
        "kept out"
    );
    let audit = service.with(&admin, "GET", "/v1/audit", Value::Null).await.json();
    assert_eq!(
        (&audit["items"][0]["actor"], &audit["items"][0]["note"]),
        (&json!("root"), &json!("third time"))
    );
}

#[tokio::test]
async fn a_key_follows_the_runs_of_its_own_collections_only() {
    let service = Service::new().await;
    let (_, admin) = service.enter("root", Role::Admin).await;
    let create = async |collection: &str| {
        let body = json!({ "name": "loader", "scopes": ["ingest"], "collections": [collection] });
        let made = service.with(&admin, "POST", "/v1/keys", body).await;
        made.json()["key"].as_str().unwrap().to_owned()
    };
    let (own, other) = (create("songs").await, create("recipes").await);
    let run = service.with(&admin, "POST", "/v1/collections/songs/reindex", Value::Null).await.json();
    let path = format!("/v1/runs/{}", run["run_id"].as_str().unwrap());
    for path in [path.clone(), format!("{path}/log"), format!("{path}/events")] {
        let seen = service.with(&own, "GET", &path, Value::Null).await;
        assert_eq!(
            (seen.status, &seen.headers["cache-control"].to_str().unwrap()[..2]),
            (StatusCode::OK, "no")
        );
        assert_eq!(service.with(&other, "GET", &path, Value::Null).await.problem(), "forbidden", "{path}");
    }
    let cancel = service.with(&own, "POST", &format!("{path}/cancel"), Value::Null).await;
    assert_eq!(cancel.problem(), "forbidden", "stopping is for administrators");
}
