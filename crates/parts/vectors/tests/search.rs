//! What searches find, beside exact answers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use catalejo_vectors::{
    Neighbour, RowFilter, SearchParams, SegmentView, VectorError, merge, search, write_segment,
};
use common::{Data, Random, clustered, hard, open, segment};
use roaring::RoaringTreemap;

fn params<'a>(k: usize) -> SearchParams<'a> {
    SearchParams { k, ..SearchParams::default() }
}

fn rows(found: &[Neighbour]) -> Vec<u64> {
    found.iter().map(|neighbour| neighbour.row).collect()
}

/// Share of the true neighbours that a search finds; checks what must hold of every answer.
fn recall(view: &[SegmentView], queries: &[Vec<f32>], params: &SearchParams<'_>) -> f64 {
    let (mut hits, mut wanted) = (0, 0);
    for query in queries {
        let truth = search(view, query, &SearchParams { exact: true, ..*params }).unwrap();
        let found = search(view, query, params).unwrap();
        assert_eq!(found.len(), truth.len(), "k rows must come back when k pass");
        assert!(found.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
        assert!(found.iter().all(|n| params.filter.is_none_or(|filter| filter.contains(n.row))));
        assert_eq!(rows(&found).iter().collect::<HashSet<_>>().len(), found.len());
        let expected: HashSet<u64> = rows(&truth).into_iter().collect();
        hits += found.iter().filter(|neighbour| expected.contains(&neighbour.row)).count();
        wanted += truth.len();
    }
    hits as f64 / wanted as f64
}

/// One segment of all but the last 200 vectors, which are the queries.
fn indexed(data: &Data) -> (tempfile::TempDir, Vec<SegmentView>, &[Vec<f32>]) {
    let (vectors, queries) = data.vectors.split_at(data.vectors.len() - 200);
    let dir = tempfile::tempdir().unwrap();
    let view = segment(dir.path(), "a", vectors);
    (dir, vec![view], queries)
}

#[test]
fn neighbours_are_found_in_easy_and_hard_data() {
    for (name, data) in [("clustered", clustered(30_200, 96, 300, 1)), ("hard", hard(30_200, 96, 300, 1))] {
        let (_dir, view, queries) = indexed(&data);
        assert!(view[0].segment().meta().lists > 50);
        for k in [1, 10, 100] {
            let found = recall(&view, queries, &params(k));
            assert!(found >= 0.98, "{name}, k = {k}: {found}");
        }
    }
}

#[test]
fn filters_keep_recall_and_count() {
    for (name, data) in [("clustered", clustered(40_200, 64, 400, 2)), ("hard", hard(40_200, 64, 400, 2))] {
        let (_dir, view, queries) = indexed(&data);
        let mut random = Random(5);
        // 25 % is searched by lists, the others are few enough to compare all
        for share in [0.25, 0.1, 0.01, 0.001] {
            let uncorrelated: RowFilter = (0..40_000).filter(|_| random.unit() < share).collect();
            let clusters = (400.0 * share).ceil() as usize;
            let correlated: RowFilter =
                (0..40_000).filter(|&row| data.clusters[row as usize] < clusters).collect();
            for (kind, filter) in [("uncorrelated", uncorrelated), ("correlated", correlated)] {
                let found = recall(&view, queries, &SearchParams { filter: Some(&filter), ..params(10) });
                assert!(found >= 0.97, "{name}, {kind} {share}: {found}");
            }
        }
    }
}

#[test]
fn every_length_of_vector_works() {
    for dimensions in [1, 3, 64, 100, 384, 768, 4096] {
        let rows = if dimensions > 1000 { 2800 } else { 3200 };
        let data = clustered(rows, dimensions, 30, 3);
        let (_dir, view, queries) = indexed(&data);
        assert!(view[0].segment().meta().lists > 1);
        let found = recall(&view, &queries[..50], &params(10));
        // on one dimension all similarities are 1 or -1 and ties go by row id
        assert!(found >= 0.98, "{dimensions}: {found}");
    }
}

#[test]
fn an_exact_search_is_the_plain_definition() {
    let data = clustered(500, 30, 5, 4);
    let (_dir, view, queries) = indexed(&data);
    for query in &queries[..20] {
        let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        let cosine = |v: &[f32]| v.iter().zip(query).map(|(a, b)| a * b).sum::<f32>() / norm(v) / norm(query);
        let mut truth: Vec<(u64, f32)> =
            data.vectors[..300].iter().enumerate().map(|(row, v)| (row as u64, cosine(v))).collect();
        truth.sort_by(|a, b| b.1.total_cmp(&a.1));
        let found = search(&view, query, &SearchParams { exact: true, ..params(7) }).unwrap();
        for (found, truth) in found.iter().zip(&truth) {
            assert!(found.row == truth.0 && (found.similarity - truth.1).abs() < 1e-5);
        }
    }
}

#[test]
fn nothing_to_find_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    assert!(search(&[], &[1.0], &params(5)).unwrap().is_empty());
    let view = [segment(dir.path(), "a", &[vec![1.0, 0.0]])];
    assert!(search(&view, &[1.0, 0.0], &params(0)).unwrap().is_empty());
    assert_eq!(rows(&search(&view, &[0.0, 1.0], &params(5)).unwrap()), [0]);
    let empty = RowFilter::default();
    let filtered = SearchParams { filter: Some(&empty), ..params(5) };
    assert!(search(&view, &[0.0, 1.0], &filtered).unwrap().is_empty());
    assert!(search(&[view[0].without([0])], &[0.0, 1.0], &params(5)).unwrap().is_empty());
}

#[test]
fn bad_queries_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let view = [segment(dir.path(), "a", &[vec![1.0, 0.0]])];
    let error = search(&view, &[1.0], &params(1)).unwrap_err();
    assert!(matches!(error, VectorError::Dimensions { expected: 2, found: 1 }), "{error}");
    for bad in [f32::NAN, f32::INFINITY] {
        let error = search(&view, &[1.0, bad], &params(1)).unwrap_err();
        assert!(matches!(error, VectorError::NotFinite { component: 1, .. }), "{error}");
    }
}

#[test]
fn equal_vectors_come_in_order_of_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    for count in [40, 3000] {
        let name = format!("a{count}");
        let mut vectors = vec![vec![0.6, 0.8, 0.0]; count];
        vectors.extend(clustered(200, 3, 4, 9).vectors);
        let view = [segment(dir.path(), &name, &vectors)];
        let found = search(&view, &[3.0, 4.0, 0.0], &params(20)).unwrap();
        assert_eq!(rows(&found), (0..20).collect::<Vec<_>>());
        assert!(found.iter().all(|neighbour| (neighbour.similarity - 1.0).abs() < 1e-6));
    }
}

#[test]
fn zero_vectors_are_similar_to_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut vectors = vec![vec![0.0; 8]; 10];
    vectors.extend(clustered(100, 8, 1, 1).vectors);
    let view = [segment(dir.path(), "a", &vectors)];
    let opposite: Vec<f32> = vectors[10].iter().map(|x| -x).collect();
    let found = search(&view, &opposite, &params(110)).unwrap();
    assert_eq!(found.len(), 110);
    assert!(found.iter().all(|neighbour| (neighbour.row < 10) == (neighbour.similarity == 0.0)));
    let found = search(&view, &[0.0; 8], &params(5)).unwrap();
    assert_eq!(rows(&found), [0, 1, 2, 3, 4]);
    assert!(found.iter().all(|neighbour| neighbour.similarity == 0.0));
}

#[test]
fn more_than_all_gives_all() {
    let data = clustered(5000, 16, 40, 6);
    let (_dir, view, queries) = indexed(&data);
    let found = search(&view, &queries[0], &params(10_000)).unwrap();
    assert_eq!(rows(&found).into_iter().collect::<HashSet<_>>(), (0..4800).collect());
}

#[test]
fn deleted_and_excluded_rows_are_never_found() {
    let data = hard(8200, 32, 80, 7);
    let (_dir, mut view, queries) = indexed(&data);
    view[0] = view[0].without((0..8000).filter(|row| row % 2 == 0));
    let excluded: RoaringTreemap = (0..8000).filter(|row| row % 3 == 0).collect();
    for exact in [false, true] {
        for query in &queries[..50] {
            let asked = SearchParams { excluded: Some(&excluded), exact, ..params(50) };
            let found = search(&view, query, &asked).unwrap();
            assert_eq!(found.len(), 50);
            assert!(found.iter().all(|neighbour| neighbour.row % 2 == 1 && neighbour.row % 3 != 0));
        }
    }
    let asked = SearchParams { excluded: Some(&excluded), ..params(8000) };
    assert_eq!(search(&view, &queries[0], &asked).unwrap().len(), 2667);
    assert!(recall(&view, queries, &SearchParams { excluded: Some(&excluded), ..params(10) }) >= 0.98);
}

#[test]
fn many_segments_answer_as_one() {
    let data = hard(12_200, 48, 60, 8);
    let (dir, one, queries) = indexed(&data);
    let mut parts = Vec::new();
    let mut from = 0;
    for (part, size) in [6000, 3000, 1500, 700, 500, 200, 90, 8, 1, 1].into_iter().enumerate() {
        let rows = (from..from + size).map(|row| (row as u64, &data.vectors[row]));
        write_segment(dir.path(), &format!("part{part}"), 48, rows).unwrap();
        parts.push(SegmentView::new(open(dir.path(), &format!("part{part}")), []));
        from += size;
    }
    assert_eq!(from, 12_000);
    for query in queries {
        let exact = SearchParams { exact: true, ..params(10) };
        assert_eq!(search(&one, query, &exact).unwrap(), search(&parts, query, &exact).unwrap());
    }
    for k in [1, 10, 100] {
        let found = recall(&parts, queries, &params(k));
        assert!(found >= 0.98, "k = {k}: {found}");
    }
    let filter: RowFilter = (0..12_000).filter(|row| row % 3 == 0).collect();
    assert!(recall(&parts, queries, &SearchParams { filter: Some(&filter), ..params(10) }) >= 0.98);
    merge(dir.path(), "merged", &parts, &AtomicBool::new(false)).unwrap();
    let merged = [SegmentView::new(open(dir.path(), "merged"), [])];
    assert!(recall(&merged, queries, &params(10)) >= 0.98);
    // the filter serves the new segment too
    assert!(recall(&merged, queries, &SearchParams { filter: Some(&filter), ..params(10) }) >= 0.98);
}

#[test]
fn a_filter_like_another_answers_as_one_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let data = clustered(4000, 16, 20, 5);
    for part in 0..2 {
        let rows = (2000 * part..2000 * (part + 1)).map(|row| (row, &data.vectors[row as usize]));
        write_segment(dir.path(), &format!("part{part}"), 16, rows).unwrap().unwrap();
    }
    let views = [0, 1].map(|part| SegmentView::new(open(dir.path(), &format!("part{part}")), []));
    let before: RowFilter = (0..4000).filter(|row| row % 4 == 0).collect();
    let query = &data.vectors[0];
    search(&views, query, &SearchParams { filter: Some(&before), ..params(10) }).unwrap();
    // one segment has lost rows, the other none
    let fewer: RoaringTreemap = before.rows().iter().filter(|&row| row < 2000 || row % 8 == 0).collect();
    let (alike, own) = (RowFilter::like(fewer.clone(), &before), RowFilter::new(fewer));
    let all = |filter| search(&views, query, &SearchParams { filter: Some(filter), ..params(4000) }).unwrap();
    assert_eq!(rows(&all(&alike)), rows(&all(&own)));
    assert_eq!(all(&alike).len(), 750);
}
