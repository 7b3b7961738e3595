//! What only the embedded backend promises: its files, its upkeep, its inspection.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use catalejo_index::embedded::{EmbeddedIndex, verify};
use catalejo_index::{Document, FieldSpec, FieldType, Index, Schema, Search, VectorSpec};
use catalejo_port::ErrorKind;
use serde_json::{Value as Json, json};

const NAME: &str = "songs-1";

fn schema() -> Schema {
    let name = FieldSpec {
        name: "name".into(),
        kind: FieldType::Text,
        searchable: true,
        filterable: true,
        facetable: false,
    };
    Schema { fields: vec![name], vector: Some(VectorSpec { dimensions: 8, model: "test".into() }) }
}

fn document(n: u64) -> Document {
    let Json::Object(source) = json!({"name": format!("song number {n}")}) else { panic!("an object") };
    let vector = (0..8).map(|i| ((n * 31 + i * 7) % 101) as f32 - 50.0).collect();
    Document { id: format!("s{n:05}"), source, vector: Some(vector), hash: n }
}

async fn filled(folder: &Path, documents: u64) -> EmbeddedIndex {
    let index = EmbeddedIndex::open(folder).unwrap();
    index.create(NAME, &schema()).await.unwrap();
    index.upsert(NAME, (0..documents).map(document).collect()).await.unwrap();
    index.flush(NAME).await.unwrap();
    index
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_a_crash_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 10).await);
    let before = files(folder.path());
    for stranger in ["vectors/x.vectors", "vectors/y.rows.tmp", "vectors/z.dead"] {
        fs::write(folder.path().join(NAME).join(stranger), b"half").unwrap();
    }
    for leftover in [".new-a", ".old-b"] {
        fs::create_dir(folder.path().join(leftover)).unwrap();
        fs::write(folder.path().join(leftover).join("schema.json"), b"{").unwrap();
    }
    let index = EmbeddedIndex::open(folder.path()).unwrap();
    assert_eq!(files(folder.path()), before);
    assert_eq!(index.list().await.unwrap().len(), 1);
}

/// Many small commits become few segments, replaced rows are dropped, and no file stays that no commit names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vector_segments_are_merged_in_the_background() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path(), 100).await;
    let vectors = folder.path().join(NAME).join("vectors");
    let segments =
        || files(&vectors).iter().filter(|path| path.extension().is_some_and(|e| e == "vectors")).count();
    for round in 0..40 {
        index.upsert(NAME, (round..round + 20).map(document).collect()).await.unwrap();
        index.flush(NAME).await.unwrap();
    }
    let everything = Search { vector: Some(vec![1.0; 8]), limit: 1000, ..Search::default() };
    let begun = Instant::now();
    while segments() > 12 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} segments are never merged", segments());
        assert_eq!(index.search(NAME, &everything).await.unwrap().hits.len(), 100, "searches go on");
    }
    let version = index.info(NAME).await.unwrap().version;
    let found = index.search(NAME, &everything).await.unwrap();
    assert_eq!((found.hits.len(), found.version), (100, version), "merging changes no answer and no version");
    drop(index);
    let index = EmbeddedIndex::open(folder.path()).unwrap();
    assert_eq!(index.search(NAME, &everything).await.unwrap().hits, found.hits);
}

/// Equal contents have equal counts and hash, whatever the way they came; another content has another hash.
#[tokio::test]
async fn verify_counts_and_hashes_what_is_there() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(filled(one.path(), 50).await);
    let index = EmbeddedIndex::open(other.path()).unwrap();
    index.create(NAME, &schema()).await.unwrap();
    for n in (0..60).rev() {
        index.upsert(NAME, vec![document(n)]).await.unwrap();
        if n % 7 == 0 {
            index.flush(NAME).await.unwrap();
        }
    }
    let surplus: Vec<String> = (50..60).map(|n| document(n).id).collect();
    index.delete(NAME, &surplus).await.unwrap();
    index.flush(NAME).await.unwrap();
    drop(index);
    let counts = verify(one.path()).unwrap();
    assert_eq!(counts, verify(other.path()).unwrap());
    assert_eq!((counts[0].index.as_str(), counts[0].items, counts[0].vectors), (NAME, 50, 50));
    let index = EmbeddedIndex::open(other.path()).unwrap();
    index.upsert(NAME, vec![Document { hash: 0, ..document(7) }]).await.unwrap();
    index.flush(NAME).await.unwrap();
    drop(index);
    assert_ne!(counts, verify(other.path()).unwrap());
}

/// Any byte of any file of a snapshot: changed, cut off or gone, `verify` says which file.
#[tokio::test]
async fn damage_to_a_snapshot_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(&folder.path().join("live"), 200).await;
    index.delete(NAME, &[document(7).id]).await.unwrap();
    index.flush(NAME).await.unwrap();
    index.point("songs", NAME).await.unwrap();
    let to = folder.path().join("snapshot");
    index.snapshot(&to).await.unwrap();
    // before it is opened for the first time: tantivy leaves empty lock files
    let all = files(&to);
    assert_eq!(verify(&to).unwrap()[0].items, 199);
    assert!(all.len() > 10);
    for path in all {
        if path.ends_with("manifest.json") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        for damage in [Some(&changed[..]), Some(&bytes[..bytes.len() - 1]), Some(&[][..]), None] {
            match damage {
                Some(damage) => fs::write(&path, damage).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let error = verify(&to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.to_string().contains(name), "{error} does not name {name}");
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verify(&to).unwrap()[0].items, 199);
}

/// Without a snapshot's list too, damage is found and never panics: by checksums, or because it cannot be read.
#[tokio::test]
async fn damage_to_an_index_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path(), 200).await;
    index.delete(NAME, &[document(7).id]).await.unwrap();
    index.flush(NAME).await.unwrap();
    drop(index);
    let data = |path: &PathBuf| !path.extension().is_some_and(|e| e == "json" || e == "lock");
    let all: Vec<PathBuf> = files(folder.path()).into_iter().filter(data).collect();
    assert!(all.len() > 8);
    for path in all {
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        for damage in [&changed[..], &bytes[..bytes.len() / 2], &[]] {
            fs::write(&path, damage).unwrap();
            let error = verify(folder.path()).unwrap_err();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            assert!(error.to_string().contains(stem), "{error} does not name {}", path.display());
        }
        fs::write(&path, &bytes).unwrap();
    }
    for (file, expected) in [("schema.json", "schema.json"), ("tantivy/meta.json", "tantivy")] {
        let path = folder.path().join(NAME).join(file);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = EmbeddedIndex::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        fs::write(&path, &bytes).unwrap();
    }
    fs::write(folder.path().join("aliases.json"), "{\"format\": 99, \"aliases\": {}}").unwrap();
    let newer = EmbeddedIndex::open(folder.path()).unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::Unsupported, "{newer}");
}

/// A restored snapshot is an index like any other: its list of files does not outlive the first change.
#[tokio::test]
async fn a_restored_snapshot_is_written_and_verified_again() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(&folder.path().join("live"), 20).await;
    let to = folder.path().join("snapshot");
    index.snapshot(&to).await.unwrap();
    let restored = EmbeddedIndex::open(&to).unwrap();
    restored.upsert(NAME, vec![document(99)]).await.unwrap();
    restored.flush(NAME).await.unwrap();
    drop(restored);
    assert_eq!(verify(&to).unwrap()[0].items, 21);
}

/// Flushes that wait for a commit under way share the next one: far fewer commits than flushes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flushes_that_come_together_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let index = std::sync::Arc::new(filled(folder.path(), 1).await);
    let before = index.info(NAME).await.unwrap().version;
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let index = index.clone();
            tokio::spawn(async move {
                index.upsert(NAME, vec![document(n)]).await.unwrap();
                index.flush(NAME).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap() > before);
    }
    let info = index.info(NAME).await.unwrap();
    assert_eq!(info.items, 64);
    assert!(info.version - before <= 16, "{} commits for 64 flushes", info.version - before);
}

/// When a write fails, nobody is told that it is safe: not even who flushes later. Reads go on; opening again mends it.
#[tokio::test]
async fn after_a_failed_write_nothing_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::open(folder.path()).unwrap();
    index.create(NAME, &schema()).await.unwrap();
    index.upsert(NAME, vec![Document { vector: None, ..document(1) }]).await.unwrap();
    let version = index.flush(NAME).await.unwrap();
    index.upsert(NAME, vec![Document { vector: None, ..document(2) }]).await.unwrap();
    let (vectors, away) = (folder.path().join(NAME).join("vectors"), folder.path().join("away"));
    fs::rename(&vectors, &away).unwrap();
    let failed = index.upsert(NAME, vec![document(3)]).await.unwrap_err();
    assert!(failed.to_string().contains("vectors"), "{failed}");
    fs::rename(&away, &vectors).unwrap();
    for refused in [index.flush(NAME).await.map(drop), index.upsert(NAME, vec![document(4)]).await] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Internal);
        assert!(refused.to_string().contains("restart"), "{refused}");
    }
    assert_eq!(index.scan(NAME, None, 10, None, false).await.unwrap().len(), 1);
    drop(index);
    let index = EmbeddedIndex::open(folder.path()).unwrap();
    index.upsert(NAME, vec![document(5)]).await.unwrap();
    assert_eq!(index.flush(NAME).await.unwrap(), version + 1);
    assert_eq!(index.info(NAME).await.unwrap().items, 2);
}
