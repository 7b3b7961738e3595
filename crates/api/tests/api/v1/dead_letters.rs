use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::Service;

async fn bury(service: &Service, name: &str) -> String {
    let body = format!(
        "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nname\nno id\n\r\n--cut--\r\n"
    );
    let form = [("content-type", "multipart/form-data; boundary=cut")];
    let accepted = service.ask("POST", "/v1/collections/songs/imports", &form, body).await;
    let run = accepted.json()["run_id"].as_str().unwrap().to_owned();
    assert_eq!(service.finished(&run).await["state"], "failed");
    run
}

/// Waits until so many files were given up: a run ends a moment before its message is buried.
async fn dead(service: &Service, count: usize) -> Vec<Value> {
    loop {
        let page = service.get("/v1/dead-letters").await.json();
        if page["items"].as_array().unwrap().len() == count {
            return page["items"].as_array().unwrap().clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_file_that_was_given_up_is_listed_replayed_and_forgotten() {
    let service = Service::new().await;
    assert_eq!(service.get("/v1/dead-letters").await.json(), json!({ "items": [], "next_cursor": null }));
    let run = bury(&service, "poison.csv").await;
    let letter = dead(&service, 1).await.remove(0);
    assert_eq!((&letter["run"], &letter["collection"]), (&json!(run), &json!("songs")));
    assert!(letter["path"].as_str().unwrap().ends_with("poison.csv"), "{letter}");
    assert!(letter["reason"].as_str().unwrap().contains("no column \"id\""), "{letter}");

    let replay = format!("/v1/dead-letters/{}/replay", letter["id"].as_str().unwrap());
    let replayed = service.post(&replay, json!({})).await;
    assert_eq!((replayed.status, &replayed.json()["run"]), (StatusCode::ACCEPTED, &json!(run)));
    assert_eq!(service.finished(&run).await["attempts"], 2, "it was tried again and failed again");

    bury(&service, "another.csv").await;
    let letters = dead(&service, 2).await;
    let page = service.get("/v1/dead-letters?limit=1").await.json();
    let rest = format!("/v1/dead-letters?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(service.get(&rest).await.json()["items"][0], letters[1]);
    for letter in letters {
        let path = format!("/v1/dead-letters/{}", letter["id"].as_str().unwrap());
        assert_eq!(service.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(service.delete(&path).await.problem(), "not-found");
    }
    assert_eq!(service.get("/v1/dead-letters").await.json()["items"], json!([]));
}
