//! A process killed at any moment leaves exactly the last commit.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use catalejo_index::embedded::{EmbeddedIndex, verify};
use catalejo_index::{Document, FieldSpec, FieldType, Index, Schema, Search, VectorSpec};
use serde_json::{Value as Json, json};

const NAME: &str = "songs-1";
const FOLDER: &str = "CATALEJO_TEST_CRASH_FOLDER";
/// Documents that every round writes anew.
const STAYING: u64 = 40;
/// Rounds after which a round's own document is deleted.
const KEPT: u64 = 3;
const KILLS: u64 = 12;

fn schema() -> Schema {
    let round = FieldSpec {
        name: "round".into(),
        kind: FieldType::Integer,
        searchable: false,
        filterable: true,
        facetable: true,
    };
    Schema { fields: vec![round], vector: Some(VectorSpec { dimensions: 8, model: "test".into() }) }
}

fn document(id: String, round: u64) -> Document {
    let Json::Object(source) = json!({"round": round}) else { panic!("an object") };
    let vector = (0..8).map(|i| ((round * 31 + i * 7) % 13) as f32 - 6.0).collect();
    Document { id, source, vector: Some(vector), hash: round }
}

/// Writes round after round until it is killed, and says which one is flushed.
async fn write_rounds(folder: &Path) {
    let index = EmbeddedIndex::open(folder).unwrap();
    index.create(NAME, &schema()).await.unwrap();
    for round in last_round(&index).await + 1.. {
        let mut batch: Vec<Document> = (0..STAYING).map(|i| document(format!("x{i}"), round)).collect();
        batch.push(document(format!("round-{round}"), round));
        index.upsert(NAME, batch).await.unwrap();
        if round > KEPT {
            index.delete(NAME, &[format!("round-{}", round - KEPT)]).await.unwrap();
        }
        index.flush(NAME).await.unwrap();
        println!("flushed {round}");
    }
}

async fn last_round(index: &dyn Index) -> u64 {
    let found = index.get(NAME, &["x0".to_owned()], false).await.unwrap().remove(0);
    found.map_or(0, |document| document.hash)
}

/// Not a test by itself: what the killed process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        write_rounds(Path::new(&folder)).await;
    }
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the process once it has flushed `rounds` rounds and a little more work has begun; answers the last round that
/// it said was flushed.
fn kill_after(mut child: Child, rounds: u64, work: u32) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let flushed = |line: Option<std::io::Result<String>>| {
        let line = line?.unwrap();
        let (_, round) = line.split_once("flushed ")?;
        Some(round.parse().unwrap())
    };
    let mut last = 0;
    let mut seen = 0;
    while seen < rounds {
        if let Some(round) = flushed(lines.next()) {
            (last, seen) = (round, seen + 1);
        }
    }
    // an uneven amount of work, so that the kill meets other moments of the next rounds
    let mut sum = 0u64;
    for i in 0..work {
        sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(u64::from(i)));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        last = flushed(Some(line)).unwrap_or(last);
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_leaves_exactly_the_last_commit() {
    let folder = tempfile::tempdir().unwrap();
    for kill in 0..KILLS {
        let acknowledged = kill_after(spawn(folder.path()), 2 + kill % 3, 400_000 * (kill as u32 * 7 % 11));
        let index: Arc<dyn Index> = Arc::new(EmbeddedIndex::open(folder.path()).unwrap());
        let documents = index.scan(NAME, None, 1000, None, true).await.unwrap();
        let round = last_round(&*index).await;
        assert!(round >= acknowledged, "round {acknowledged} was acknowledged, {round} is there");

        let staying = (0..STAYING).map(|i| (format!("x{i}"), round));
        let passing = (round.saturating_sub(KEPT - 1).max(1)..=round).map(|r| (format!("round-{r}"), r));
        let expected: BTreeSet<(String, u64)> = staying.chain(passing).collect();
        let found: BTreeSet<(String, u64)> = documents.iter().map(|d| (d.id.clone(), d.hash)).collect();
        assert_eq!(found, expected, "whole batches only");
        assert!(documents.iter().all(|d| d.source["round"] == d.hash && d.vector.is_some()));

        let everything = Search { vector: Some(vec![1.0; 8]), limit: 1000, ..Search::default() };
        let near = index.search(NAME, &everything).await.unwrap();
        let near: BTreeSet<String> = near.hits.into_iter().map(|hit| hit.id).collect();
        assert_eq!(
            near,
            expected.into_iter().map(|(id, _)| id).collect(),
            "a vector for each document, and no other"
        );
        drop(index);

        let counts = verify(folder.path()).unwrap();
        assert_eq!((counts[0].items, counts[0].vectors), (documents.len() as u64, documents.len() as u64));
    }
}
