//! `kill -9` at any moment of crawl and ingest: afterwards every row of every file is there exactly once.
//!
//! The oracle is outside: the files are written here, and what the service lists is compared with them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::{Server, catalejo, output, text};

const FILES: usize = 5;

/// How often to kill; `CATALEJO_KILLS=50` for the long proof.
fn kills() -> usize {
    std::env::var("CATALEJO_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

/// Files of songs whose lyrics are all different, one word of each found nowhere else. Id to word.
fn write_files(folder: &Path, rows: usize) -> BTreeMap<String, String> {
    std::fs::create_dir_all(folder).unwrap();
    let mut expected = BTreeMap::new();
    for file in 0..FILES {
        let mut csv = String::from("id,name,lyrics\n");
        for row in 0..rows {
            let id = format!("f{file}r{row:05}");
            let word = format!("only{file}x{row}");
            writeln!(csv, "{id},song {row},\"rain on the {word} road\nand no train home\"").unwrap();
            expected.insert(id, word);
        }
        std::fs::write(folder.join(format!("part-{file}.csv")), csv).unwrap();
    }
    expected
}

fn idle(server: &Server) -> Option<()> {
    for state in ["queued", "running"] {
        let runs = server.try_get(&format!("/v1/runs?state={state}&limit=1"))?;
        if !runs["items"].as_array()?.is_empty() {
            return None;
        }
    }
    Some(())
}

fn items(server: &Server) -> u64 {
    server.try_get("/v1/collections/songs").and_then(|c| c["items"].as_u64()).unwrap_or(0)
}

#[test]
fn every_row_is_indexed_exactly_once_whenever_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let bucket = folder.path().join("bucket");
    let kills = kills();
    // Enough rows that the ingest outlives the kills.
    let expected = write_files(&bucket, 100 * kills);

    let server = Server::up(&data);
    let source = json!({"name": "bucket", "url": format!("file:{}", bucket.display()), "collection": "songs", "pattern": "*.csv"});
    let (status, answer) = server.post("/v1/sources", &source);
    assert!((200..300).contains(&status), "{answer}");
    server.post("/v1/sources/bucket/crawl", &json!({}));

    let mut server = server;
    let mut seen = Vec::new();
    for round in 0..kills {
        // Half of the kills come after some rows have arrived, the others at any time in the life of a process:
        // while it starts, lists, encodes or commits.
        let before = seen.last().copied().unwrap_or(0);
        if round % 2 == 0 && before < expected.len() as u64 {
            server.wait_for("some rows to arrive", |s| (items(s) > before).then_some(()));
        }
        std::thread::sleep(Duration::from_millis(round as u64 * 7919 % 307));
        seen.push(items(&server));
        server.kill_9();
        server = Server::up(&data);
    }
    server.post("/v1/sources/bucket/crawl", &json!({}));
    server.wait_for("all rows to arrive", |s| (items(s) >= expected.len() as u64).then_some(()));
    server.wait_for("the end of all runs", idle);
    println!(
        "{kills} kills, items seen at each: {seen:?}, rows expected {}, found {}",
        expected.len(),
        items(&server)
    );

    assert_eq!(items(&server), expected.len() as u64);
    let mut found = BTreeMap::new();
    for item in server.all_items("songs") {
        let id = item["id"].as_str().unwrap().to_owned();
        assert!(found.insert(id.clone(), item).is_none(), "{id} is listed twice");
    }
    assert!(found.keys().eq(expected.keys()), "ids differ");
    for (id, word) in expected.iter().step_by(97) {
        let answer = server.search("songs", &json!({"query": word, "mode": "text", "limit": 3}));
        let hits = answer["hits"].as_array().unwrap();
        assert_eq!(hits[0]["id"], json!(id), "{word}: {answer}");
    }
    let failed = server.get("/v1/runs?state=failed&limit=1");
    assert_eq!(failed["items"], json!([]), "no file may be given up");

    server.terminate();
    let check = output(catalejo(&data).arg("check"));
    assert!(check.status.success(), "{}{}", text(&check.stdout), text(&check.stderr));
}
