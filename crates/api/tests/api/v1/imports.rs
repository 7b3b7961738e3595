use axum::http::StatusCode;
use serde_json::json;

use crate::support::{Answer, Plan, Service};

const PATH: &str = "/v1/collections/songs/imports";

async fn upload(service: &Service, name: &str, content: &str) -> Answer {
    let body = format!(
        "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--cut--\r\n"
    );
    service.ask("POST", PATH, &[("content-type", "multipart/form-data; boundary=cut")], body).await
}

#[tokio::test]
async fn an_uploaded_file_becomes_items_and_refusals() {
    let service = Service::new().await;
    let csv = "name,id,tempo,lyrics\nSalt,1,90,\"home\nbeside the sea\"\nOdd,2,fast,x\nNight,3,128,dance\n";
    let accepted = upload(&service, "songs.csv", csv).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let run = accepted.json()["run_id"].as_str().unwrap().to_owned();
    assert_eq!(accepted.headers["location"], format!("/v1/runs/{run}"));
    let run = service.finished(&run).await;
    assert_eq!((&run["state"], &run["error"]), (&json!("succeeded"), &json!(null)));
    let counts = ["read", "new", "refused"].map(|name| run["counts"][name].clone());
    assert_eq!(counts, [json!(3), json!(2), json!(1)]);
    let id = run["id"].as_str().unwrap();
    let rejections = format!("/v1/collections/songs/rejections?run_id={id}");
    let refused = service.get(&rejections).await.json();
    assert_eq!(
        (&refused["items"][0]["line"], &refused["items"][0]["code"]),
        (&json!(4), &json!("wrong_type"))
    );
    let csv = service.ask("GET", &rejections, &[("accept", "text/csv")], "").await;
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("attachment"));
    assert_eq!(csv.text().lines().count(), 2);
    let runs = service.get("/v1/runs?kind=ingest").await.json();
    assert_eq!(runs["items"][0]["id"], id);
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_at_once() {
    let service = Service::build(Plan { upload: 100, ..Plan::default() }).await;
    assert_eq!(upload(&service, "songs.txt", "x").await.problem(), "invalid-request");
    assert_eq!(upload(&service, "songs.csv", &"x".repeat(200)).await.problem(), "too-large");
    let private = service.post(PATH, json!({ "url": "http://127.0.0.1:9/songs.csv" })).await;
    assert_eq!(private.problem(), "invalid-request");
    assert_eq!(service.post(PATH, json!({ "url": "file:/etc/passwd" })).await.problem(), "invalid-request");
    let form = "--cut\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\nx\r\n--cut--\r\n";
    let other =
        service.ask("POST", PATH, &[("content-type", "multipart/form-data; boundary=cut")], form).await;
    assert_eq!(other.problem(), "invalid-request");
    let text = service.ask("POST", PATH, &[("content-type", "text/csv")], "id\n1\n").await;
    assert_eq!(text.problem(), "unsupported-media-type");
}
