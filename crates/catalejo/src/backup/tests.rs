use std::fs;
use std::path::Path;

use catalejo_api::Backups;
use catalejo_index::{Document, FieldSpec, FieldType, Schema, Search};

use super::*;
use crate::config::Config;
use crate::wiring::{Opening, Wired};

/// A data folder with fifty items and one upload, and a backup of it.
async fn backed_up(root: &Path) -> Wired {
    let config = Config { data: root.join("data"), ..Config::default() };
    fs::create_dir(&config.data).unwrap();
    let wired = Opening::new(&config).await.wired().unwrap();
    let name = FieldSpec {
        name: "name".into(),
        kind: FieldType::Text,
        searchable: true,
        filterable: false,
        facetable: false,
    };
    wired.index.create("songs-1", &Schema { fields: vec![name], vector: None }).await.unwrap();
    wired.index.point("songs", "songs-1").await.unwrap();
    let document = |n: u64| Document {
        id: n.to_string(),
        source: [("name".to_owned(), format!("song {n}").into())].into_iter().collect(),
        vector: None,
        hash: n,
    };
    wired.index.upsert("songs", (0..50).map(document).collect()).await.unwrap();
    wired.index.flush("songs").await.unwrap();
    let upload = catalejo_blobs::path("uploads/a.csv").unwrap();
    wired.blobs.put(&upload, "id\n1\n".into()).await.unwrap();
    let backup = Backup { wired: wired.clone(), data: config.data };
    backup.create(&root.join("backup")).await.unwrap();
    wired
}

#[tokio::test]
async fn a_backup_restores_to_the_same_answers() {
    let root = tempfile::tempdir().unwrap();
    let wired = backed_up(root.path()).await;
    let (manifest, damages) = verify(&root.path().join("backup")).await.unwrap();
    assert_eq!((manifest.items(), manifest.blobs.objects, damages.len()), (50, 1, 0), "{damages:?}");
    let search = Search { limit: 10, ..Search::default() };
    let before = wired.index.search("songs", &search).await.unwrap();
    drop(wired);
    let again = root.path().join("again");
    fs::create_dir(&again).unwrap();
    restore(&root.path().join("backup"), &again, false).await.unwrap();
    let config = Config { data: again.clone(), ..Config::default() };
    let wired = Opening::new(&config).await.wired().unwrap();
    assert_eq!(wired.index.search("songs", &search).await.unwrap().hits, before.hits);
    assert_eq!(wired.blobs.summary().await.unwrap(), manifest.blobs);
    drop(wired);
    let refused = restore(&root.path().join("backup"), &again, false).await.unwrap_err();
    assert!(refused.to_string().contains("--force"), "{refused}");
    restore(&root.path().join("backup"), &again, true).await.unwrap();
}

#[tokio::test]
async fn damage_is_named_by_its_file_and_never_restored() {
    let root = tempfile::tempdir().unwrap();
    drop(backed_up(root.path()).await);
    let backup = root.path().join("backup");
    let store = backup.join(STORE);
    let mut bytes = fs::read(&store).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&store, bytes).unwrap();
    fs::remove_file(backup.join("blobs/uploads/a.csv")).unwrap();
    fs::write(backup.join("index/stranger"), "x").unwrap();
    let (_, damages) = verify(&backup).await.unwrap();
    let places: Vec<&str> = damages.iter().map(|damage| damage.place.as_str()).collect();
    assert_eq!(places, ["blobs/uploads/a.csv", STORE, "index/stranger"]);
    let again = root.path().join("again");
    fs::create_dir(&again).unwrap();
    assert!(restore(&backup, &again, false).await.is_err());
    assert_eq!(fs::read_dir(&again).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_without_a_manifest_is_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    assert!(verify(folder.path()).await.unwrap_err().to_string().contains("is not a backup"));
}
