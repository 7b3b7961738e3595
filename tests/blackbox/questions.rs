//! The main job: the demo catalogue crawled, ingested, asked in words.

use serde_json::json;

use crate::support::{Server, catalejo, output, root, text};

#[test]
fn a_question_finds_songs_that_mean_it_by_every_face() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let demo = root().join("demo/spotify");
    let server =
        Server::spawn(&data, catalejo(&data).args(["--listen", "127.0.0.1:0", "up", "--demo"]).arg(&demo));
    let songs = server.wait_for("the demo's ingest", |s| {
        let songs = s.try_get("/v1/collections/songs")?;
        let runs = s.try_get("/v1/runs?state=running&limit=1")?;
        (songs["items"].as_u64()? >= 200 && runs["items"].as_array()?.is_empty()).then_some(songs)
    });
    assert!(songs["version"].as_u64().unwrap() > 0);

    let question = "a sad song about rain and a train that leaves";
    let answer = server.search("songs", &json!({"query": question, "limit": 5}));
    assert_eq!(answer["hits"].as_array().unwrap().len(), 5, "{answer}");
    assert!(answer["hits"][0]["why"]["vector"]["rank"].as_u64().is_some(), "{answer}");
    assert_eq!(answer["total"], json!(songs["items"]), "every song is a candidate");

    let (status, asked) = server.post("/ask", &json!({"question": question}));
    assert_eq!(status, 200);
    assert_eq!(asked.as_array().unwrap().len(), 10, "{asked}");
    for song in asked.as_array().unwrap() {
        for field in ["name", "lyrics", "artists"] {
            assert!(song[field].is_string(), "{song}");
        }
    }
    assert_eq!(server.post("/ask", &json!({"question": question})).1, asked, "cached answers are the same");

    let found =
        output(catalejo(&data).args(["search", question, "--collection", "songs", "--limit", "3", "--json"]));
    assert!(found.status.success(), "{}", text(&found.stderr));
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["hits"][0]["id"], answer["hits"][0]["id"], "the command line asks the same service");
}
