use axum::http::StatusCode;
use serde_json::json;

use crate::support::Service;

fn books() -> serde_json::Value {
    json!({ "name": "books", "id": "isbn", "title": "title", "fields": { "title": { "type": "text" }, "year": { "type": "integer" } } })
}

#[tokio::test]
async fn a_collection_lives_from_its_definition_to_its_removal() {
    let service = Service::new().await;
    let created = service.post("/v1/collections", books()).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.headers["location"], "/v1/collections/books");
    assert_eq!(service.post("/v1/collections", books()).await.problem(), "already-exists");
    let listed = service.get("/v1/collections?limit=1").await.json();
    assert_eq!(listed["items"][0]["name"], "books");
    let next = listed["next_cursor"].as_str().unwrap();
    let rest = service.get(&format!("/v1/collections?cursor={next}")).await.json();
    assert_eq!((&rest["items"][0]["name"], &rest["next_cursor"]), (&json!("songs"), &json!(null)));
    let shown = service.get("/v1/collections/books").await.json();
    assert_eq!((&shown["items"], &shown["state"]), (&json!(0), &json!("ready")));
    assert!(shown["version"].is_u64() && shown["definition"]["fields"]["year"]["type"] == "integer");
    assert_eq!(service.delete("/v1/collections/books").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get("/v1/collections/books").await.problem(), "not-found");
}

#[tokio::test]
async fn a_definition_comes_in_toml_too_and_goes_back_as_it_came() {
    let service = Service::new().await;
    let toml = "name = \"films\"\nid = \"id\"\n[fields]\ntitle = { type = \"text\" }\n";
    let put =
        service.ask("PUT", "/v1/collections/films", &[("content-type", "application/toml")], toml).await;
    assert_eq!(put.status, StatusCode::CREATED);
    let definition = put.json()["definition"].clone();
    let again = service.put("/v1/collections/films", definition).await;
    assert_eq!(
        (again.status, &again.json()["run_id"]),
        (StatusCode::OK, &json!(null)),
        "nothing has changed"
    );
}

#[tokio::test]
async fn wrong_definitions_say_where() {
    let service = Service::new().await;
    let mut wrong = books();
    wrong["fields"]["year"]["type"] = json!("number");
    assert_eq!(service.post("/v1/collections", wrong).await.problem(), "invalid-json");
    let mut wrong = books();
    wrong["title"] = json!("nothing");
    let answer = service.post("/v1/collections", wrong).await;
    assert_eq!(answer.problem(), "invalid-request");
    assert!(answer.json()["detail"].as_str().unwrap().contains("title"));
    assert_eq!(
        service.put("/v1/collections/films", books()).await.problem(),
        "invalid-request",
        "names differ"
    );
    let toml =
        service.ask("POST", "/v1/collections", &[("content-type", "application/toml")], "name = [").await;
    assert!(toml.json()["detail"].as_str().unwrap().contains("line 1"), "{}", toml.text());
    let xml = service.ask("POST", "/v1/collections", &[("content-type", "text/xml")], "<x/>").await;
    assert_eq!(xml.problem(), "unsupported-media-type");
}
