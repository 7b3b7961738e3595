//! Wrong settings and wrong input: what is wrong, where, and what to do.

use serde_json::json;

use crate::support::{Server, catalejo, output, text};

#[test]
fn check_names_the_part_whose_url_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let good = output(catalejo(&data).arg("check"));
    assert!(good.status.success(), "{}{}", text(&good.stdout), text(&good.stderr));

    for (part, url, says) in [
        ("CATALEJO_INDEX", "embeded:", "embedded"),
        ("CATALEJO_STORE", "sqlite:x.db?jurnal=wal", "jurnal"),
        ("CATALEJO_CACHE", "memory:?max_mb=lots", "max_mb"),
        ("CATALEJO_ENCODER", "http://user:hunter2@127.0.0.1:9", "127.0.0.1:9"),
    ] {
        let bad = output(catalejo(&data).env(part, url).arg("check"));
        let said = format!("{}{}", text(&bad.stdout), text(&bad.stderr));
        assert_eq!(bad.status.code(), Some(1), "{part}={url}: {said}");
        assert!(said.contains(says), "{part}={url}: {said}");
        assert!(!said.contains("hunter2"), "a password is printed: {said}");
    }
}

#[test]
fn a_wrong_key_in_the_file_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalejo.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\nindx = \"embedded:\"\n").unwrap();
    let bad = output(catalejo(&folder.path().join("data")).arg("--config").arg(&file).arg("check"));
    let said = format!("{}{}", text(&bad.stdout), text(&bad.stderr));
    assert_ne!(bad.status.code(), Some(0), "{said}");
    assert!(said.contains("indx") && said.contains("catalejo.toml") && said.contains("index"), "{said}");
}

#[test]
fn a_public_address_without_a_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = output(catalejo(&folder.path().join("data")).args(["--listen", "0.0.0.0:0", "up"]));
    let said = format!("{}{}", text(&refused.stdout), text(&refused.stderr));
    assert!(matches!(refused.status.code(), Some(1 | 2)), "{said}");
    assert!(said.contains("key"), "{said}");
}

#[test]
fn wrong_requests_are_answered_with_problems() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::up(&folder.path().join("data"));
    let search = |body| server.post("/v1/collections/songs/search", &body);
    for (body, status, says) in [
        (json!({"query": "x", "filter": "danceability >"}), 400, "character"),
        (json!({"query": "x", "filter": "dancability > 1"}), 400, "danceability"),
        (json!({"query": "x", "limit": 100_000}), 400, "limit"),
        (json!({"query": "x", "mode": "magic"}), 400, "mode"),
        (json!({"vector": [1.0, 2.0]}), 400, "384"),
    ] {
        let (code, problem) = search(body.clone());
        assert_eq!(code, status, "{body}: {problem}");
        assert!(problem.to_string().contains(says), "{body}: {problem}");
        assert!(problem["type"].is_string() && problem["title"].is_string(), "{problem}");
    }
    let (code, problem) = server.post("/v1/collections/nothing/search", &json!({"query": "x"}));
    assert_eq!((code, problem["status"].clone()), (404, json!(404)), "{problem}");
    let (code, problem) = server.post("/ask", &json!({}));
    assert_eq!((code, &problem["error"]), (400, &json!("El campo 'question' es requerido")), "{problem}");
}
