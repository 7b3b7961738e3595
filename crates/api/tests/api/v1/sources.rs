use axum::http::StatusCode;
use serde_json::json;

use crate::support::Service;

#[tokio::test]
async fn a_source_is_added_tried_crawled_and_forgotten() {
    let service = Service::new().await;
    let bucket = service.folder.path().join("bucket");
    std::fs::create_dir(&bucket).unwrap();
    std::fs::write(bucket.join("a.csv"), "id,name\n1,Salt\n2,Night\n").unwrap();
    std::fs::write(bucket.join("notes.txt"), "nothing").unwrap();
    let body = json!({
        "url": format!("file:{}", bucket.display()), "collection": "songs", "pattern": "*.csv", "schedule": "manual",
    });
    let created = service.put("/v1/sources/bucket", body.clone()).await;
    assert_eq!((created.status, &created.json()["schedule"]), (StatusCode::CREATED, &json!("manual")));
    let mut named = body.clone();
    named["name"] = json!("bucket");
    assert_eq!(service.post("/v1/sources", named).await.problem(), "already-exists");
    let tried = service.post("/v1/sources/bucket/test", json!({})).await.json();
    assert_eq!((&tried["objects"], &tried["matching"]), (&json!(2), &json!(1)));
    let crawl = service.post("/v1/sources/bucket/crawl", json!({})).await;
    assert_eq!(crawl.status, StatusCode::ACCEPTED);
    let crawl = crawl.json()["run_id"].as_str().unwrap().to_owned();
    assert_eq!(service.finished(&crawl).await["state"], "succeeded");
    let children = service.get(&format!("/v1/runs?parent={crawl}")).await.json();
    let ingest = children["items"][0]["id"].as_str().unwrap();
    assert_eq!(service.finished(ingest).await["counts"]["new"], 2);
    assert_eq!(service.get("/v1/collections/songs").await.json()["items"], 2);
    assert_eq!(service.delete("/v1/collections/songs").await.problem(), "conflict", "a source fills it");
    assert_eq!(service.delete("/v1/sources/bucket").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get("/v1/sources/bucket").await.problem(), "not-found");
}

#[tokio::test]
async fn wrong_sources_are_refused() {
    let service = Service::new().await;
    let put = |body| service.put("/v1/sources/x", body);
    assert_eq!(put(json!({ "url": "ftp://host", "collection": "songs" })).await.problem(), "invalid-request");
    assert_eq!(put(json!({ "url": "file:/tmp", "collection": "none" })).await.problem(), "not-found");
    let odd = json!({ "url": "file:/tmp", "collection": "songs", "schedule": "sometimes" });
    assert_eq!(put(odd).await.problem(), "invalid-request");
    assert_eq!(put(json!({ "collection": "songs" })).await.problem(), "invalid-json");
}
