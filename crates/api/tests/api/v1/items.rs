use axum::http::StatusCode;
use serde_json::json;

use crate::support::{DIMENSIONS, Service};

#[tokio::test]
async fn items_are_written_read_listed_and_removed() {
    let service = Service::with_songs().await;
    let one = "/v1/collections/songs/items/7";
    assert_eq!(service.put(one, json!({ "name": "Seven" })).await.status, StatusCode::CREATED);
    let put = service.put(one, json!({ "id": "7", "name": "Seventh" })).await;
    assert_eq!((put.status, &put.json()["item"]["name"]), (StatusCode::OK, &json!("Seventh")));
    assert_eq!(put.json()["item"]["artists"], "Unknown Artist", "defaults are applied");
    assert_eq!(service.put(one, json!({ "id": "8" })).await.problem(), "invalid-request");
    assert_eq!(service.get("/v1/collections/songs").await.json()["items"], 4);
    let first = service.get("/v1/collections/songs/items?limit=3&vectors=true").await.json();
    assert_eq!(first["items"][0]["vector"].as_array().unwrap().len(), DIMENSIONS);
    let next = first["next_cursor"].as_str().unwrap();
    let last = service.get(&format!("/v1/collections/songs/items?limit=3&cursor={next}")).await.json();
    assert_eq!((&last["items"][0]["id"], &last["next_cursor"]), (&json!("7"), &json!(null)));
    assert_eq!(service.delete(one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.delete(one).await.problem(), "not-found");
    assert_eq!(service.get(one).await.problem(), "not-found");
}

#[tokio::test]
async fn each_item_of_a_call_is_judged_alone() {
    let service = Service::new().await;
    let items = json!({ "items": [{ "id": "a" }, { "name": "no id" }, { "id": "b", "tempo": "fast" }, { "id": "a" }] });
    let report = service.post("/v1/collections/songs/items", items).await.json();
    assert_eq!(report["new"], 1);
    let refused: Vec<_> =
        report["refused"].as_array().unwrap().iter().map(|r| (&r["position"], &r["code"])).collect();
    let expected = [json!([1, "missing_id"]), json!([2, "wrong_type"]), json!([3, "duplicate_id"])];
    assert_eq!(refused.iter().map(|(p, c)| json!([p, c])).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn similar_items_leave_out_the_item_and_obey_the_filter() {
    let service = Service::with_songs().await;
    let path = "/v1/collections/songs/items/1/similar";
    let near = service.get(&format!("{path}?limit=1")).await.json();
    assert_eq!(near["hits"][0]["id"], "3");
    let filtered = service.get(&format!("{path}?filter=tempo%20%3E%20120&fields=name")).await.json();
    assert_eq!(filtered["hits"][0]["item"], json!({ "name": "Night" }));
    assert_eq!(service.get("/v1/collections/songs/items/none/similar").await.problem(), "not-found");
}
