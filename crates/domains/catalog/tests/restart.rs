//! Killed at any point of an ingest, a crawl or a re-index, the next process brings the work to its end: every row is in
//! the index exactly once, every bad row is listed once.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use catalejo_catalog::{Definition, Format, NewSource};
use catalejo_runs::{Run, RunKind, RunQuery, RunState};
use support::{House, encoder, folder, killed_at, points, quick, to_be_killed, write};

const ROWS: u64 = 3000;

/// Rows with vectors of their own; every hundredth has none that can be read.
fn rows() -> String {
    let mut text = "id,name,size,vector\n".to_owned();
    for n in 0..ROWS {
        let size = if n % 100 == 50 { "large".to_owned() } else { n.to_string() };
        text.push_str(&format!("p{n},Point {n},{size},\"[1, {n}, 2, 3]\"\n"));
    }
    text
}

async fn house(data: &Path) -> House {
    House::open_with(data, encoder("bert").await, quick()).await
}

async fn all_runs(house: &House, kind: RunKind) -> Vec<Run> {
    let query = RunQuery { kind: Some(kind), limit: 500, ..RunQuery::default() };
    house.catalog.runs().list(&query).await.unwrap().items
}

async fn work_through(data: &Path) {
    let house = house(data).await.ingest().crawler();
    house.catalog.collections().put(points()).await.unwrap();
    let source = NewSource {
        name: "folder".into(),
        url: format!("file:{}/in", data.display()),
        pattern: "**/*.csv".into(),
        format: Default::default(),
        collection: "points".into(),
        schedule: "manual".into(),
        enabled: true,
    };
    house.catalog.sources().put(source).await.unwrap();
    // After a restart the interrupted crawl may still be there.
    let crawl = match house.catalog.sources().crawl("folder", false).await {
        Ok(run) => run,
        Err(catalejo_catalog::CatalogError::Conflict { run: Some(run), .. }) => run,
        Err(error) => panic!("{error}"),
    };
    house.finished(&crawl).await;
    for run in all_runs(&house, RunKind::Ingest).await {
        house.finished(&run.id).await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_child() {
    if let Some(data) = to_be_killed() {
        work_through(&data).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_in_crawl_and_ingest() {
    for fault in [
        "files.listed",
        "files.published",
        "ingest.before_flush",
        "ingest.after_flush",
        "ingest.after_checkpoint",
        "ingest.closed",
        "ingest.succeeded",
    ] {
        let data = folder();
        write(data.path(), "in/points.csv", rows());
        assert!(killed_at("ingest_child", fault, data.path()), "{fault} was never reached");
        work_through(data.path()).await;
        let house = house(data.path()).await;
        assert_eq!(house.items("points").await, ROWS - ROWS / 100, "{fault}");
        let refused: Vec<String> = (0..ROWS / 100).map(|n| format!("{}:wrong_type", n * 100 + 52)).collect();
        assert_eq!(house.rejections("points").await, refused, "{fault}");
        let ingests = all_runs(&house, RunKind::Ingest).await;
        assert_eq!(ingests.len(), 1, "{fault}: one file, one run");
        assert_eq!(ingests[0].counts.get("read"), ROWS, "{fault}: {:?}", ingests[0]);
        assert_eq!(ingests[0].counts.get("refused"), ROWS / 100, "{fault}");
    }
}

fn changed() -> Definition {
    let mut definition = points();
    let size = definition.fields.0.iter_mut().find(|(name, _)| name == "size").unwrap();
    size.1.facetable = Some(true);
    definition
}

async fn reindex_through(data: &Path) {
    let house = house(data).await.ingest();
    if house.catalog.collections().put(changed()).await.unwrap().run.is_some() {
        for run in all_runs(&house, RunKind::Reindex).await {
            house.finished(&run.id).await;
        }
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reindex_child() {
    if let Some(data) = to_be_killed() {
        reindex_through(&data).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_in_a_reindex() {
    for fault in
        ["reindex.begun", "reindex.flushed", "reindex.flushed:2", "reindex.copied", "reindex.pointed"]
    {
        let data = folder();
        let path = write(data.path(), "in/points.csv", rows());
        let first = house(data.path()).await.ingest();
        first.catalog.collections().put(points()).await.unwrap();
        first.import("points", &path).await;
        let version = first.catalog.collections().get("points").await.unwrap().version;
        first.close().await;

        assert!(killed_at("reindex_child", fault, data.path()), "{fault} was never reached");
        reindex_through(data.path()).await;
        let house = house(data.path()).await;
        let collection = house.catalog.collections().get("points").await.unwrap();
        assert_eq!(collection.items, ROWS - ROWS / 100, "{fault}");
        assert_eq!(collection.state, catalejo_catalog::CollectionState::Ready, "{fault}");
        assert!(collection.version >= version, "{fault}");
        let indexes = house.catalog.parts().index.list().await.unwrap();
        assert_eq!(indexes.len(), 1, "{fault}: the old generation is removed: {indexes:?}");
    }
}

async fn delete_points(data: &Path) {
    let house = house(data).await;
    house.catalog.collections().put(points()).await.unwrap();
    let item = support::object(serde_json::json!({"id": "1", "vector": [1, 2, 3, 4]}));
    house.catalog.items().upsert("points", vec![item]).await.unwrap();
    house.catalog.collections().delete("points").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_child() {
    if let Some(data) = to_be_killed() {
        delete_points(&data).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_collection_is_deleted() {
    let data = folder();
    assert!(killed_at("delete_child", "collection.deleting", data.path()));
    let again = house(data.path()).await;
    assert!(again.catalog.collections().list().await.unwrap().is_empty());
    assert!(again.catalog.collections().get("points").await.is_err());
    // The same name begins anew.
    let fresh = again.catalog.collections().put(points()).await.unwrap();
    assert!(fresh.created);
    assert_eq!(fresh.collection.items, 0);
    assert_eq!(again.catalog.parts().index.list().await.unwrap().len(), 1);
}

async fn upload(house: &House) -> catalejo_catalog::CatalogResult<String> {
    let body = futures::stream::iter([Ok(bytes::Bytes::from(rows()))]);
    house.catalog.imports().upload("points", "points.csv", Format::Csv, body).await
}

fn uploads(data: &Path) -> usize {
    std::fs::read_dir(data.join("blobs/uploads")).map_or(0, |folders| {
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_child() {
    if let Some(data) = to_be_killed() {
        let house = house(&data).await;
        house.catalog.collections().put(points()).await.unwrap();
        upload(&house).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_a_crash_left_behind_is_removed_at_the_start_and_no_other() {
    let data = folder();
    assert!(killed_at("upload_child", "upload.kept", data.path()));
    assert_eq!(uploads(data.path()), 1, "kept, but nothing waits for it");
    let before = house(data.path()).await;
    let run = upload(&before).await.unwrap();
    assert_eq!(uploads(data.path()), 2);
    before.close().await;
    let after = house(data.path()).await.ingest();
    assert_eq!(after.finished(&run).await.state, RunState::Succeeded, "the other one was ingested");
    after.close().await;
    assert_eq!(uploads(data.path()), 0);
}
