use std::collections::BTreeSet;

use catalejo_port::ErrorKind;
use serde_json::json;

use super::{Fixture, NAME, document, filled, question, schema, songs};

/// Every call takes an alias for the index it points at; moving it is seen at once and answers where it pointed.
pub async fn an_alias_takes_the_place_of_a_name(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    index.create("songs-2", &schema()).await.unwrap();
    assert_eq!(index.point("songs", NAME).await.unwrap(), None);
    assert_eq!(
        index.point("songs", NAME).await.unwrap().as_deref(),
        Some(NAME),
        "the same again is no error"
    );
    assert_eq!(index.info("songs").await.unwrap().name, NAME);
    assert_eq!(index.info(NAME).await.unwrap().aliases, ["songs"]);
    index.upsert("songs", vec![document("e", json!({"name": "love again"}))]).await.unwrap();
    index.delete("songs", &["a".to_owned()]).await.unwrap();
    index.flush("songs").await.unwrap();
    assert_eq!(index.info(NAME).await.unwrap().items, 4);
    let answer = index.search("songs", &question("love")).await.unwrap();
    assert_eq!(
        answer.hits.iter().map(|hit| hit.id.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["b", "e"])
    );
    assert_eq!(index.scan("songs", None, 10, None, false).await.unwrap().len(), 4);

    assert_eq!(index.point("songs", "songs-2").await.unwrap().as_deref(), Some(NAME));
    assert_eq!(index.info("songs").await.unwrap().items, 0);
    let listed: Vec<_> = index.list().await.unwrap().into_iter().map(|i| (i.name, i.aliases)).collect();
    assert_eq!(listed, [(NAME.to_owned(), vec![]), ("songs-2".to_owned(), vec!["songs".to_owned()])]);
    index.unpoint("songs").await.unwrap();
    index.unpoint("songs").await.unwrap();
    assert_eq!(index.info("songs").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(index.info("songs-2").await.unwrap().items, 0, "the index behind stays");
}

/// The version through an alias rises when it moves to an index with a lower one, and when it comes back.
pub async fn the_version_through_an_alias_never_falls(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    for round in 0..5 {
        index.upsert(NAME, vec![document("x", json!({"year": round}))]).await.unwrap();
        index.flush(NAME).await.unwrap();
    }
    index.create("songs-2", &schema()).await.unwrap();
    let mut seen = Vec::new();
    let version = async || {
        let version = index.version("songs").await.unwrap();
        assert_eq!(version, index.info("songs").await.unwrap().version);
        version
    };
    index.point("songs", NAME).await.unwrap();
    seen.push(version().await);
    index.point("songs", "songs-2").await.unwrap();
    seen.push(version().await);
    index.upsert("songs", songs()).await.unwrap();
    seen.push(index.flush("songs").await.unwrap());
    assert_eq!(index.search("songs", &question("love")).await.unwrap().version, version().await);
    index.point("songs", NAME).await.unwrap();
    seen.push(version().await);
    index.unpoint("songs").await.unwrap();
    assert_eq!(index.version("songs").await.unwrap_err().kind(), ErrorKind::NotFound);
    index.point("songs", NAME).await.unwrap();
    seen.push(version().await);
    index.unpoint("songs").await.unwrap();
    drop(index);

    let index = fixture.open().await;
    index.point("songs", "songs-2").await.unwrap();
    seen.push(index.info("songs").await.unwrap().version);
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
}

/// A name is an index or an alias; an index that an alias points at cannot be removed.
pub async fn names_are_one_space(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    index.create("songs-2", &schema()).await.unwrap();
    index.point("songs", NAME).await.unwrap();
    assert_eq!(index.create("songs", &schema()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(index.point("songs-2", NAME).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(index.point("Songs", NAME).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(
        index.point("other", "songs").await.unwrap_err().kind(),
        ErrorKind::NotFound,
        "not through an alias"
    );
    assert_eq!(index.remove(NAME).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(index.info("songs").await.unwrap().items, 4);
    index.point("songs", "songs-2").await.unwrap();
    index.remove(NAME).await.unwrap();
}
