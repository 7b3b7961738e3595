use catalejo_port::ErrorKind;
use serde_json::{Value as Json, json};

use super::{Fixture, NAME, document, field, filled, schema, songs, with_vector};
use crate::{Document, FieldType, Schema, Search, VectorSpec};

/// Creating again with an equal schema is no error, with another it is `AlreadyExists` and changes nothing.
pub async fn create_is_idempotent_and_refuses_another_schema(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    index.create(NAME, &schema()).await.unwrap();
    let other = Schema { vector: None, ..schema() };
    assert_eq!(index.create(NAME, &other).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let info = index.info(NAME).await.unwrap();
    assert_eq!((info.items, info.schema), (4, schema()));
}

/// A schema that cannot work, or a name outside `[a-z0-9_-]{1,80}`, is `Invalid`.
pub async fn impossible_schemas_and_names_are_refused(fixture: &dyn Fixture) {
    let index = fixture.open().await;
    let with = |fields| Schema { fields, vector: None };
    let bad = [
        with(vec![field("9x", FieldType::Text, false, false, false)]),
        with(vec![field("a b", FieldType::Text, false, false, false)]),
        with(vec![
            field("x", FieldType::Text, false, false, false),
            field("x", FieldType::Float, false, false, false),
        ]),
        with(vec![field("x", FieldType::Float, true, false, false)]),
        with(vec![field("x", FieldType::Text, false, false, true)]),
        Schema { fields: vec![], vector: Some(VectorSpec { dimensions: 0, model: String::new() }) },
    ];
    for schema in bad {
        assert_eq!(index.create(NAME, &schema).await.unwrap_err().kind(), ErrorKind::Invalid, "{schema:?}");
    }
    for name in ["", "A", "a b", "../x", "a/b", ".x", &"a".repeat(81)] {
        assert_eq!(index.create(name, &schema()).await.unwrap_err().kind(), ErrorKind::Invalid, "{name:?}");
    }
    assert!(index.list().await.unwrap().is_empty());
}

/// Every call on an index that does not exist is `NotFound`.
pub async fn missing_indexes_are_not_found(fixture: &dyn Fixture) {
    let index = fixture.open().await;
    let ids = ["a".to_owned()];
    let outcomes = [
        index.info("no").await.map(drop),
        index.upsert("no", songs()).await,
        index.delete("no", &ids).await,
        index.flush("no").await.map(drop),
        index.get("no", &ids, true).await.map(drop),
        index.hashes("no", &ids).await.map(drop),
        index.scan("no", None, 1, None, false).await.map(drop),
        index.search("no", &Search::default()).await.map(drop),
        index.point("alias", "no").await.map(drop),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::NotFound);
    }
    index.remove("no").await.unwrap();
    index.unpoint("no").await.unwrap();
    index.ping().await.unwrap();
}

/// Writes take effect at the next flush, all of them.
pub async fn writes_are_seen_after_flush_and_not_before(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![document("old", json!({"name": "old"}))]).await;
    index.upsert(NAME, vec![document("new", json!({"name": "new"}))]).await.unwrap();
    index.delete(NAME, &["old".to_owned()]).await.unwrap();
    let both = ["old".to_owned(), "new".to_owned()];
    let before = index.get(NAME, &both, false).await.unwrap();
    assert!(before[0].is_some() && before[1].is_none());
    assert_eq!(index.info(NAME).await.unwrap().items, 1);
    index.flush(NAME).await.unwrap();
    let after = index.get(NAME, &both, false).await.unwrap();
    assert!(after[0].is_none() && after[1].is_some());
    assert_eq!(index.info(NAME).await.unwrap().items, 1);
}

/// Of equal ids the last wins: in one batch, in several batches, and after a flush.
pub async fn the_last_of_equal_ids_wins(fixture: &dyn Fixture) {
    let take =
        |n: u64| Document { hash: n, ..with_vector("x", json!({"year": n}), [n as f32, 1.0, 0.0, 0.0]) };
    let index = filled(fixture, vec![take(1), document("y", json!({})), take(2)]).await;
    let state = async || {
        let found = index.get(NAME, &["x".to_owned()], false).await.unwrap().remove(0).unwrap();
        let hits = index.search(NAME, &super::near([1.0, 0.0, 0.0, 0.0], 10)).await.unwrap().hits;
        assert_eq!(hits.len(), 1, "one vector an id");
        assert_eq!(index.info(NAME).await.unwrap().items, 2);
        (found.hash, found.source["year"].as_u64().unwrap())
    };
    assert_eq!(state().await, (2, 2));
    index.upsert(NAME, vec![take(3)]).await.unwrap();
    index.upsert(NAME, vec![take(4)]).await.unwrap();
    index.flush(NAME).await.unwrap();
    assert_eq!(state().await, (4, 4));
    index.delete(NAME, &["x".to_owned()]).await.unwrap();
    index.upsert(NAME, vec![take(5)]).await.unwrap();
    index.flush(NAME).await.unwrap();
    assert_eq!(state().await, (5, 5));
}

/// A document that cannot be taken leaves nothing of its batch behind, and the next batch is not hurt.
pub async fn a_bad_document_refuses_its_whole_batch(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![]).await;
    let good = |id: &str| with_vector(id, json!({"year": 1}), [1.0, 0.0, 0.0, 0.0]);
    let short = Document { vector: Some(vec![1.0]), ..good("bad") };
    let infinite = Document { vector: Some(vec![1.0, f32::NAN, 0.0, 0.0]), ..good("bad") };
    let long = good(&"x".repeat(513));
    for bad in [document("bad", json!({"year": "x"})), short, infinite, good(""), long] {
        let refused = index.upsert(NAME, vec![good("a"), bad, good("b")]).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused}");
    }
    index.upsert(NAME, vec![good("c")]).await.unwrap();
    index.flush(NAME).await.unwrap();
    let all = index.scan(NAME, None, 10, None, false).await.unwrap();
    assert_eq!(all.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["c"]);
}

/// The refusal of a value says which document, which field, what was expected and what was found.
pub async fn wrong_types_name_document_field_and_value(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![]).await;
    let wrong = [
        ("name", json!(7)),
        ("genre", json!(["pop"])),
        ("artists", json!("Ana")),
        ("artists", json!(["Ana", 7])),
        ("year", json!(1999.5)),
        ("year", json!("1999")),
        ("year", json!(u64::MAX)),
        ("tempo", json!("fast")),
        ("explicit", json!("yes")),
        ("released", json!("yesterday")),
        ("released", json!(1999)),
        ("place", json!({"lat": 91, "lon": 0})),
        ("place", json!([1, 2])),
    ];
    for (field, value) in wrong {
        let found = value.to_string();
        let source = Json::Object([(field.to_owned(), value)].into_iter().collect());
        let error = index.upsert(NAME, vec![document("the-id", source)]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let text = error.to_string();
        for part in ["the-id", field, "expected", found.as_str()] {
            assert!(text.contains(part), "{text:?} does not name {part:?}");
        }
    }
}

/// Whole numbers for a float and floats without a fraction for an integer are taken.
pub async fn numbers_convert_where_nothing_is_lost(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![document("x", json!({"year": 1999.0, "tempo": 120}))]).await;
    assert_eq!(super::passing(&*index, "year = 1999 AND tempo = 120").await, ["x"]);
}

/// A null is as if the field were not there, though the source keeps it.
pub async fn null_counts_as_missing(fixture: &dyn Fixture) {
    let nulls = json!({"name": null, "artists": null, "year": null, "place": null, "released": null});
    let index = filled(fixture, vec![document("x", nulls.clone())]).await;
    assert!(
        super::passing(&*index, "name EXISTS OR artists EXISTS OR year EXISTS OR place EXISTS")
            .await
            .is_empty()
    );
    let found = index.get(NAME, &["x".to_owned()], false).await.unwrap().remove(0).unwrap();
    assert_eq!(Json::Object(found.source), nulls);
}

/// A deleted document is gone from every view; written again it is there again; deleting a missing one is no error.
pub async fn deletes_and_returns(fixture: &dyn Fixture) {
    let song = || with_vector("x", json!({"name": "phoenix", "genre": "rock"}), [1.0, 0.0, 0.0, 0.0]);
    let index = filled(fixture, vec![song()]).await;
    let count = async || {
        let by_text = index.search(NAME, &super::question("phoenix")).await.unwrap().hits.len();
        let by_vector = index.search(NAME, &super::near([1.0, 0.0, 0.0, 0.0], 5)).await.unwrap().hits.len();
        let by_filter = super::passing(&*index, "genre = 'rock'").await.len();
        let by_id = index.get(NAME, &["x".to_owned()], false).await.unwrap().into_iter().flatten().count();
        assert!(by_text == by_vector && by_vector == by_filter && by_filter == by_id);
        by_id
    };
    assert_eq!(count().await, 1);
    index.delete(NAME, &["x".to_owned(), "missing".to_owned()]).await.unwrap();
    index.flush(NAME).await.unwrap();
    assert_eq!(count().await, 0);
    index.delete(NAME, &["x".to_owned()]).await.unwrap();
    index.upsert(NAME, vec![song()]).await.unwrap();
    index.flush(NAME).await.unwrap();
    assert_eq!(count().await, 1);
}

/// The source comes back with all its fields, known or not, in their order; the vector in its direction.
pub async fn documents_come_back_as_they_went(fixture: &dyn Fixture) {
    let source =
        json!({"zebra": [1, {"x": null}], "name": "a \"quoted\" \u{0}name", "unknown": 1.5, "big": u64::MAX});
    let given = Document { hash: u64::MAX, ..with_vector("ид/1", source, [3.0, 0.0, 4.0, 0.0]) };
    let index = filled(fixture, vec![given.clone()]).await;
    let asked = ["missing".to_owned(), given.id.clone(), given.id.clone()];
    let found = index.get(NAME, &asked, true).await.unwrap();
    assert!(found[0].is_none());
    for found in &found[1..] {
        let found = found.as_ref().unwrap();
        assert_eq!((&found.id, found.hash, &found.source), (&given.id, given.hash, &given.source));
        let order: Vec<&String> = found.source.keys().collect();
        assert_eq!(order, given.source.keys().collect::<Vec<_>>());
        let vector = found.vector.as_ref().unwrap();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        for (found, given) in vector.iter().zip([0.6, 0.0, 0.8, 0.0]) {
            assert!((found / length - given).abs() < 1e-3, "{vector:?}");
        }
    }
    let without = index.get(NAME, &asked[1..2], false).await.unwrap().remove(0).unwrap();
    assert_eq!(without.vector, None);
}

/// Hashes are those of the flushed documents, in the order asked.
pub async fn hashes_are_those_of_flushed_documents(fixture: &dyn Fixture) {
    let hashed = |id: &str, hash| Document { hash, ..document(id, json!({})) };
    let index = filled(fixture, vec![hashed("a", 1), hashed("b", 2)]).await;
    index.upsert(NAME, vec![hashed("a", 3), hashed("c", 4)]).await.unwrap();
    let asked: Vec<String> = ["c", "b", "a"].map(str::to_owned).to_vec();
    assert_eq!(index.hashes(NAME, &asked).await.unwrap(), [None, Some(2), Some(1)]);
    index.flush(NAME).await.unwrap();
    assert_eq!(index.hashes(NAME, &asked).await.unwrap(), [Some(4), Some(2), Some(3)]);
}

/// The version rises with each commit that changed something, and with no other; answers and `info` show it.
pub async fn the_version_rises_with_every_change_only(fixture: &dyn Fixture) {
    let index = filled(fixture, songs()).await;
    let first = index.flush(NAME).await.unwrap();
    index.delete(NAME, &["missing".to_owned()]).await.unwrap();
    assert_eq!(index.flush(NAME).await.unwrap(), first, "nothing changed");
    index.delete(NAME, &["a".to_owned()]).await.unwrap();
    let second = index.flush(NAME).await.unwrap();
    assert!(second > first);
    index.upsert(NAME, vec![document("a", json!({}))]).await.unwrap();
    let third = index.flush(NAME).await.unwrap();
    assert!(third > second);
    assert_eq!(index.info(NAME).await.unwrap().version, third);
    assert_eq!(index.search(NAME, &super::question("love")).await.unwrap().version, third);
}

/// Scan gives every document once, in the order of ids, page after page, across commits.
pub async fn scan_pages_in_order_of_ids(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![]).await;
    let mut expected: Vec<String> = (0..50).map(|i| format!("id-{:02}", i * 37 % 50)).collect();
    for batch in expected.chunks(13) {
        let batch =
            batch.iter().map(|id| with_vector(id, json!({"year": 1}), [1.0, 0.0, 0.0, 0.0])).collect();
        index.upsert(NAME, batch).await.unwrap();
        index.flush(NAME).await.unwrap();
    }
    index.delete(NAME, &["id-07".to_owned()]).await.unwrap();
    index.flush(NAME).await.unwrap();
    expected.retain(|id| id != "id-07");
    expected.sort();
    let mut found: Vec<String> = Vec::new();
    loop {
        let page = index.scan(NAME, found.last().map(String::as_str), 7, None, true).await.unwrap();
        assert!(page.iter().all(|document| document.vector.is_some()));
        found.extend(page.iter().map(|document| document.id.clone()));
        if page.len() < 7 {
            break;
        }
    }
    assert_eq!(found, expected);
    assert!(index.scan(NAME, None, 0, None, false).await.unwrap().is_empty());
}
