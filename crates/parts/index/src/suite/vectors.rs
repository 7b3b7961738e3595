use std::collections::HashSet;

use catalejo_port::ErrorKind;
use serde_json::json;

use super::{Fixture, NAME, document, filled, ids, near, question, with_vector};
use crate::{Document, FacetRequest, Filter, Schema, Search};

const EAST: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

/// `n` documents around a quarter circle: the lower the number, the nearer to east.
fn circle(n: usize) -> Vec<Document> {
    let point = |i: usize| {
        let angle = i as f32 / n as f32 * std::f32::consts::FRAC_PI_2;
        let source = json!({"year": i % 10, "genre": if i % 100 == 99 { "rare" } else { "common" }});
        with_vector(&format!("v{i:04}"), source, [angle.cos() * 7.0, angle.sin() * 7.0, 0.0, 0.0])
    };
    (0..n).map(point).collect()
}

fn filter(text: &str) -> Option<Filter> {
    Some(Filter::parse(text).unwrap())
}

/// The score is the cosine similarity, the order is by it, documents without a vector are not found.
pub async fn the_nearest_come_first(fixture: &dyn Fixture) {
    let mut documents = circle(90);
    documents.push(document("no-vector", json!({})));
    let index = filled(fixture, documents).await;
    for exact in [false, true] {
        let answer = index.search(NAME, &Search { exact, ..near(EAST, 100) }).await.unwrap();
        assert_eq!(answer.total.value, 91, "all that pass the filter, with or without a vector");
        let expected: Vec<String> = (0..90).map(|i| format!("v{i:04}")).collect();
        assert_eq!(ids(&answer), expected);
        for (i, hit) in answer.hits.iter().enumerate() {
            let cosine = (i as f32 / 90.0 * std::f32::consts::FRAC_PI_2).cos();
            assert!((hit.score - cosine).abs() < 2e-3, "{} is not {cosine}", hit.score);
            let signal = hit.vector.unwrap();
            assert_eq!((signal.rank, signal.score, hit.text), (i + 1, hit.score, None));
        }
    }
    let far = near([-2.0, 0.0, 0.0, 0.0], 1);
    assert_eq!(ids(&index.search(NAME, &far).await.unwrap()), ["v0089"]);
}

/// When `k` documents pass the filter, `k` are found, and the nearest of them; however rare they are.
pub async fn the_filter_is_inside_the_vector_search(fixture: &dyn Fixture) {
    let index = filled(fixture, circle(1000)).await;
    for exact in [false, true] {
        let rare = Search { filter: filter("genre = 'rare'"), exact, ..near(EAST, 10) };
        let answer = index.search(NAME, &rare).await.unwrap();
        let expected: Vec<String> = (0..10).map(|i| format!("v{:04}", i * 100 + 99)).collect();
        assert_eq!((ids(&answer), answer.total.value), (expected.iter().map(String::as_str).collect(), 10));
        let tenth = Search { filter: filter("year = 9 AND genre = 'common'"), exact, ..near(EAST, 20) };
        let answer = index.search(NAME, &tenth).await.unwrap();
        assert_eq!((answer.hits.len(), answer.total.value), (20, 90));
        assert!(answer.hits.iter().all(|hit| hit.source["year"] == 9 && hit.source["genre"] == "common"));
    }
    let facets = vec![FacetRequest { field: "genre".into(), limit: 5 }];
    let counted = Search { filter: filter("year = 9"), facets, ..near(EAST, 1) };
    let answer = index.search(NAME, &counted).await.unwrap();
    assert_eq!(answer.facets[0].values, [(json!("common"), 90), (json!("rare"), 10)]);
}

/// Excluded ids never come and are not counted, by vector, words or both; the others fill their places.
pub async fn excluded_ids_never_come(fixture: &dyn Fixture) {
    let documents =
        (0..20).map(|i| with_vector(&format!("s{i:02}"), json!({"name": "song"}), EAST)).collect();
    let index = filled(fixture, documents).await;
    let exclude: Vec<String> = ["s00", "s02", "missing"].map(str::to_owned).to_vec();
    let by_vector = Search { exclude: exclude.clone(), ..near(EAST, 3) };
    let by_words = Search { exclude: exclude.clone(), limit: 3, ..question("song") };
    let by_both = Search { text: by_words.text.clone(), ..by_vector.clone() };
    let filtered = Search { filter: filter("name = 'song'"), ..by_vector.clone() };
    for search in [by_vector, by_words, by_both, filtered] {
        let answer = index.search(NAME, &search).await.unwrap();
        assert_eq!((ids(&answer), answer.total.value), (vec!["s01", "s03", "s04"], 18), "{search:?}");
    }
}

/// Equal scores are ordered by id, though the documents came in another order and in several commits.
pub async fn equally_near_come_by_id(fixture: &dyn Fixture) {
    let index = filled(fixture, vec![]).await;
    for part in 0..4 {
        let ids = (0..50).map(|i| (i * 4 + part) * 37 % 200);
        let batch = ids.map(|i| with_vector(&format!("s{i:03}"), json!({"name": "song"}), EAST)).collect();
        index.upsert(NAME, batch).await.unwrap();
        index.flush(NAME).await.unwrap();
    }
    let expected: Vec<String> = (0..10).map(|i| format!("s{i:03}")).collect();
    let both = Search { vector: Some(EAST.to_vec()), ..question("song") };
    for search in [near(EAST, 10), question("song"), both] {
        assert_eq!(ids(&index.search(NAME, &search).await.unwrap()), expected, "{search:?}");
    }
}

/// A question's vector of the wrong length or with NaN is `Invalid`; so is any vector where the index keeps none.
pub async fn vectors_of_the_wrong_length_are_refused(fixture: &dyn Fixture) {
    let index = filled(fixture, circle(3)).await;
    for vector in [vec![], vec![1.0; 3], vec![1.0; 5], vec![f32::NAN; 4]] {
        let search = Search { vector: Some(vector), limit: 1, ..Search::default() };
        assert_eq!(index.search(NAME, &search).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    index.create("plain", &Schema { vector: None, ..super::schema() }).await.unwrap();
    assert_eq!(index.search("plain", &near(EAST, 1)).await.unwrap_err().kind(), ErrorKind::Invalid);
    let refused = index.upsert("plain", circle(1)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let zero = index.search(NAME, &near([0.0; 4], 2)).await.unwrap();
    assert_eq!(zero.hits.len(), 2, "a zero vector is equally far from all");
}

/// Words and vector together are fused by reciprocal rank with constant 60, and each hit says what found it.
pub async fn fusion_is_by_reciprocal_rank(fixture: &dyn Fixture) {
    let name = |name: &str| json!({"name": name});
    let documents = vec![
        with_vector("both", name("needle"), [0.9, 0.1, 0.0, 0.0]),
        with_vector("near", name("other"), EAST),
        with_vector("far", name("another"), [0.0, 1.0, 0.0, 0.0]),
        document("word", name("needle needle")),
    ];
    let index = filled(fixture, documents).await;
    let search = Search { vector: Some(EAST.to_vec()), ..question("needle") };
    let answer = index.search(NAME, &search).await.unwrap();
    assert_eq!(answer.total.value, 4, "all that pass the filter");
    let rank = |id: &str| {
        let hit = answer.hits.iter().find(|hit| hit.id == id).unwrap();
        (hit.vector.map(|signal| signal.rank), hit.text.map(|signal| signal.rank), hit.score)
    };
    assert_eq!(ids(&answer)[0], "both");
    assert_eq!((rank("near").0, rank("near").1), (Some(1), None));
    assert_eq!((rank("both").0, rank("far").0, rank("word").0), (Some(2), Some(3), None));
    for hit in &answer.hits {
        let part = |rank: Option<usize>| rank.map_or(0.0, |rank| 1.0 / (60.0 + rank as f32));
        let (vector, text, score) = rank(&hit.id);
        assert!((score - part(vector) - part(text)).abs() < 1e-6, "{}", hit.id);
    }
}

/// Pages follow each other without gap or repetition while nothing changes, whatever found the hits.
pub async fn pages_are_stable_and_complete(fixture: &dyn Fixture) {
    let mut documents = circle(60);
    for (i, document) in documents.iter_mut().enumerate() {
        document.source.insert("name".into(), json!(if i % 2 == 0 { "song of songs" } else { "song" }));
    }
    let index = filled(fixture, documents).await;
    let both = Search { text: question("song").text, ..near(EAST, 7) };
    for search in [
        near(EAST, 7),
        Search { limit: 7, ..question("song") },
        both,
        Search { limit: 7, ..Search::default() },
    ] {
        let whole = index.search(NAME, &Search { limit: 60, ..search.clone() }).await.unwrap();
        let mut paged: Vec<String> = Vec::new();
        for offset in (0..63).step_by(7) {
            let page = index.search(NAME, &Search { offset, ..search.clone() }).await.unwrap();
            assert_eq!(page.total, whole.total);
            paged.extend(page.hits.into_iter().map(|hit| hit.id));
        }
        assert_eq!(paged, ids(&whole), "{search:?}");
        assert_eq!(paged.iter().collect::<HashSet<_>>().len(), 60, "{search:?}");
    }
}

/// A document written again is found by its new vector only, and without one by no vector, through many commits.
pub async fn replaced_vectors_are_forgotten(fixture: &dyn Fixture) {
    let index = filled(fixture, circle(10)).await;
    for round in 0..20 {
        let mut moved = with_vector("v0000", json!({"year": round}), [0.0, 0.0, 1.0, round as f32 * 0.01]);
        moved.vector = moved.vector.filter(|_| round != 19);
        index.upsert(NAME, vec![moved]).await.unwrap();
        index.flush(NAME).await.unwrap();
        let answer = index.search(NAME, &near(EAST, 100)).await.unwrap();
        let copies = answer.hits.iter().filter(|hit| hit.id == "v0000").count();
        assert_eq!(copies, usize::from(round != 19));
        assert_eq!(answer.total.value, 10);
        assert_eq!(ids(&answer)[0], "v0001");
    }
}
