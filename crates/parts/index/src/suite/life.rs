use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use catalejo_port::ErrorKind;
use serde_json::json;

use super::{Fixture, NAME, document, filled, near, question, schema, songs, with_vector};
use crate::{Document, Index, Search};

const EAST: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

/// Opened again, everything flushed is there and nothing else: documents, vectors, aliases, versions.
pub async fn flushed_writes_outlive_the_process(fixture: &dyn Fixture) {
    let mut documents = songs();
    documents.push(with_vector("v", json!({"name": "vector"}), EAST));
    documents.push(with_vector("w", json!({"name": "deleted"}), EAST));
    let index = filled(fixture, documents).await;
    index.delete(NAME, &["w".to_owned()]).await.unwrap();
    index.point("songs", NAME).await.unwrap();
    let version = index.flush(NAME).await.unwrap();
    let before = everything(&*index).await;
    index.upsert(NAME, vec![with_vector("lost", json!({}), EAST)]).await.unwrap();
    index.delete(NAME, &["v".to_owned()]).await.unwrap();
    drop(index);

    let index = fixture.open().await;
    assert_eq!(everything(&*index).await, before);
    let info = index.info("songs").await.unwrap();
    assert_eq!((info.name.as_str(), info.items, info.version), (NAME, 5, version));
    let found = index.search("songs", &near(EAST, 10)).await.unwrap();
    assert_eq!(super::ids(&found), ["v"]);
    index.upsert(NAME, vec![with_vector("new", json!({}), EAST)]).await.unwrap();
    assert!(index.flush(NAME).await.unwrap() > version);
    assert_eq!(super::ids(&index.search(NAME, &near(EAST, 10)).await.unwrap()), ["new", "v"]);
}

async fn everything(index: &dyn Index) -> Vec<Document> {
    index.scan(NAME, None, 100_000, None, true).await.unwrap()
}

/// What a snapshot wrote opens as an index of its own, with equal documents, answers, aliases and versions.
pub async fn a_snapshot_opens_elsewhere_with_equal_answers(fixture: &dyn Fixture) {
    let mut documents = songs();
    documents.extend(
        (0..30).map(|i| with_vector(&format!("v{i}"), json!({"name": "vector"}), [1.0, i as f32, 0.0, 0.0])),
    );
    let index = filled(fixture, documents).await;
    index.delete(NAME, &["v3".to_owned()]).await.unwrap();
    index.flush(NAME).await.unwrap();
    index.create("empty", &schema()).await.unwrap();
    index.point("songs", NAME).await.unwrap();
    let to = fixture.scratch().join("snapshot");
    index.snapshot(&to).await.unwrap();
    assert_eq!(
        index.snapshot(&to).await.unwrap_err().kind(),
        ErrorKind::Invalid,
        "only into an empty folder"
    );

    let copy = fixture.open_snapshot(&to).await;
    assert_eq!(everything(&*copy).await, everything(&*index).await);
    let strip = |mut infos: Vec<crate::IndexInfo>| {
        infos.iter_mut().for_each(|info| info.bytes = None);
        infos
    };
    assert_eq!(strip(copy.list().await.unwrap()), strip(index.list().await.unwrap()));
    for search in [question("love vector"), near(EAST, 7), Search { limit: 50, ..Search::default() }] {
        assert_eq!(
            copy.search("songs", &search).await.unwrap(),
            index.search("songs", &search).await.unwrap()
        );
    }
    copy.upsert(NAME, vec![document("only-here", json!({}))]).await.unwrap();
    copy.flush(NAME).await.unwrap();
    assert_eq!(index.info(NAME).await.unwrap().items + 1, copy.info(NAME).await.unwrap().items);
}

/// A snapshot taken while batches are written holds whole batches, as they were at one moment.
pub async fn a_snapshot_is_consistent_while_written(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let (writer, ended) = (index.clone(), stop.clone());
    let writing = tokio::spawn(async move {
        let mut round = 0;
        while !ended.load(Ordering::Relaxed) || round < 5 {
            let batch =
                (0..10).map(|i| with_vector(&format!("x{i}"), json!({"year": round}), EAST)).collect();
            writer.upsert(NAME, batch).await.unwrap();
            writer.flush(NAME).await.unwrap();
            round += 1;
        }
    });
    for n in 0..4 {
        while index.info(NAME).await.unwrap().version < (n + 1) * 3 {
            tokio::task::yield_now().await;
        }
        let to = fixture.scratch().join(format!("snapshot-{n}"));
        index.snapshot(&to).await.unwrap();
        let copy = fixture.open_snapshot(&to).await;
        let documents = everything(&*copy).await;
        let rounds: HashSet<i64> = documents.iter().map(|d| d.source["year"].as_i64().unwrap()).collect();
        assert_eq!((documents.len(), rounds.len()), (10, 1), "one whole batch");
        assert!(documents.iter().all(|d| d.vector.is_some()));
        assert_eq!(copy.search(NAME, &near(EAST, 100)).await.unwrap().hits.len(), 10);
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
}

/// Many tasks write, flush and search at once: each finds its own writes after its flush, and never half a batch.
pub async fn writers_and_searchers_work_side_by_side(fixture: &dyn Fixture) {
    const BATCH: usize = 5;
    let index = filled(fixture, vec![]).await;
    let work = (0..8).map(|task| {
        let index = index.clone();
        tokio::spawn(async move {
            for round in 0..10 {
                let genre = format!("g{task}-{round}");
                let one =
                    |i| with_vector(&format!("{genre}-{i}"), json!({"genre": genre, "name": "song"}), EAST);
                index.upsert(NAME, (0..BATCH).map(one).collect()).await.unwrap();
                let count = |answer: crate::Answer| answer.total.value as usize;
                let mine = crate::Filter::parse(&format!("genre = '{genre}'")).unwrap();
                let search = Search { filter: Some(mine), ..near(EAST, BATCH) };
                let before = count(index.search(NAME, &search).await.unwrap());
                assert!(before == 0 || before == BATCH, "half a batch");
                index.flush(NAME).await.unwrap();
                let answer = index.search(NAME, &search).await.unwrap();
                assert_eq!((answer.hits.len(), count(answer)), (BATCH, BATCH));
                let all = index.search(NAME, &Search { limit: 1, ..question("song") }).await.unwrap();
                assert_eq!(count(all) % BATCH, 0, "half a batch");
            }
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(index.info(NAME).await.unwrap().items, 8 * 10 * BATCH as u64);
}

/// A removed index is gone, also after opening again; its name may be used for another.
pub async fn removed_indexes_are_gone(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    index.upsert(NAME, vec![document("pending", json!({}))]).await.unwrap();
    index.remove(NAME).await.unwrap();
    assert_eq!(index.info(NAME).await.unwrap_err().kind(), ErrorKind::NotFound);
    let other = crate::Schema { vector: None, ..schema() };
    index.create(NAME, &other).await.unwrap();
    assert_eq!(index.flush(NAME).await.unwrap(), index.info(NAME).await.unwrap().version);
    assert_eq!(index.info(NAME).await.unwrap().items, 0);
    index.remove(NAME).await.unwrap();
    drop(index);
    assert!(fixture.open().await.list().await.unwrap().is_empty());
}
