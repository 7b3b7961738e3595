//! Writing, opening, reading and merging segments.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use catalejo_vectors::{
    SearchParams, Segment, SegmentView, SegmentWriter, VectorError, merge, search, write_segment,
};
use common::{clustered, open, segment};

static RUN: AtomicBool = AtomicBool::new(false);

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_row_comes_back_normalised() {
    let dir = tempfile::tempdir().unwrap();
    let rows: [(u64, [f32; 3]); 3] = [(7, [3.0, 0.0, 4.0]), (2, [0.0; 3]), (9, [0.0, -1e30, 0.0])];
    let meta = write_segment(dir.path(), "a", 3, rows).unwrap().unwrap();
    let segment = open(dir.path(), "a");
    assert_eq!(segment.meta(), meta);
    assert_eq!((meta.rows, meta.dimensions, meta.name.as_str()), (3, 3, "a"));
    assert_eq!(meta.bytes, fs::metadata(dir.path().join("a")).unwrap().len());
    assert_eq!(segment.rows().collect::<Vec<_>>(), [2, 7, 9]);
    assert_eq!(segment.vector(7), Some(vec![0.6, 0.0, 0.8]));
    assert_eq!(segment.vector(2), Some(vec![0.0; 3]));
    assert_eq!(segment.vector(9), Some(vec![0.0, -1.0, 0.0]));
    assert_eq!((segment.vector(3), segment.contains(3), segment.contains(9)), (None, false, true));
    segment.verify().unwrap();
    assert_eq!(files(dir.path()), ["a"]);
}

#[test]
fn no_rows_make_no_file() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(write_segment::<Vec<f32>>(dir.path(), "a", 3, []).unwrap(), None);
    assert_eq!(merge(dir.path(), "a", &[], &RUN).unwrap(), None);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn bad_vectors_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = write_segment(dir.path(), "a", 2, [(1, [0.5, bad])]).unwrap_err();
        assert!(matches!(error, VectorError::NotFinite { component: 1, .. }), "{error}");
    }
    let error = write_segment(dir.path(), "a", 2, [(1, vec![0.5])]).unwrap_err();
    assert!(matches!(error, VectorError::Dimensions { expected: 2, found: 1 }), "{error}");
    let error = write_segment(dir.path(), "a", 1, [(1, [1.0]), (1, [2.0])]).unwrap_err();
    assert!(matches!(error, VectorError::DuplicateRow { row: 1 }), "{error}");
    for dimensions in [0, 4097] {
        let error = SegmentWriter::create(dir.path(), "a", dimensions).unwrap_err();
        assert!(matches!(error, VectorError::Unsupported { .. }), "{error}");
    }
    assert!(files(dir.path()).is_empty());
}

#[test]
fn merging_keeps_exactly_the_live_rows() {
    let dir = tempfile::tempdir().unwrap();
    let data = clustered(600, 20, 5, 1);
    let mut views = Vec::new();
    for part in 0..3u64 {
        let rows = (part * 200..part * 200 + 200).map(|row| (row, &data.vectors[row as usize]));
        write_segment(dir.path(), &format!("part{part}"), 20, rows).unwrap();
        views.push(SegmentView::new(open(dir.path(), &format!("part{part}")), []));
    }
    views[1] = views[1].without((200..400).filter(|row| row % 3 == 0));
    views[2] = views[2].without(400..600);
    assert_eq!((views[1].deleted(), views[2].live()), (67 - 1 + 1, 0));
    let meta = merge(dir.path(), "merged", &views, &RUN).unwrap().unwrap();
    let merged = SegmentView::new(open(dir.path(), "merged"), []);
    let expected: Vec<u64> = (0..400).filter(|row| *row < 200 || row % 3 != 0).collect();
    assert_eq!(meta.rows, expected.len() as u64);
    assert_eq!(merged.live_rows().collect::<Vec<_>>(), expected);
    for row in expected {
        let before = views.iter().find_map(|view| view.vector(row));
        assert_eq!(merged.vector(row), before);
    }
    assert_eq!(merge(dir.path(), "none", &views[2..], &RUN).unwrap(), None);
    assert!(!dir.path().join("none").exists());
}

#[test]
fn a_cancelled_merge_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let view = segment(dir.path(), "a", &clustered(50, 8, 2, 1).vectors);
    let error = merge(dir.path(), "b", &[view], &AtomicBool::new(true)).unwrap_err();
    assert!(matches!(error, VectorError::Cancelled), "{error}");
    assert_eq!(files(dir.path()), ["a"]);
}

#[test]
fn an_open_segment_outlives_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = clustered(100, 8, 2, 1);
    let view = segment(dir.path(), "a", &data.vectors);
    fs::remove_file(dir.path().join("a")).unwrap();
    let found = search(&[view], &data.vectors[5], &SearchParams { k: 1, ..Default::default() }).unwrap();
    assert_eq!(found[0].row, 5);
}

#[test]
fn damage_is_found_in_every_section() {
    let dir = tempfile::tempdir().unwrap();
    // enough lists that their centroids have codes too
    segment(dir.path(), "a", &clustered(17_000, 3, 80, 1).vectors);
    let whole = fs::read(dir.path().join("a")).unwrap();
    let path = dir.path().join("b");
    let damaged_at = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        match Segment::open(&path).and_then(|segment| segment.verify()) {
            Err(VectorError::Damaged { section, path: named, .. }) if named == path => section,
            other => panic!("byte {at}: {other:?}"),
        }
    };
    for at in (0..512).step_by(11) {
        assert_eq!(damaged_at(at), "header");
    }
    // the table of the header: offset and length of each section
    let number = |at: usize| u64::from_le_bytes(whole[at..at + 8].try_into().unwrap()) as usize;
    let sections = [
        "vectors",
        "rows",
        "sorted",
        "slots",
        "starts",
        "spreads",
        "centroids",
        "codes",
        "factors",
        "centroid-codes",
        "centroid-factors",
    ];
    for (section, entry) in sections.into_iter().zip((64..).step_by(24)) {
        let (offset, length) = (number(entry), number(entry + 8));
        assert!(length > 0, "{section}");
        for at in [offset, offset + length / 2, offset + length - 1] {
            assert_eq!(damaged_at(at), section);
        }
    }
}

#[test]
fn a_cut_file_is_found_at_opening() {
    let dir = tempfile::tempdir().unwrap();
    segment(dir.path(), "a", &clustered(300, 10, 4, 1).vectors);
    let whole = fs::read(dir.path().join("a")).unwrap();
    for keep in [0, 1, 511, 512, 4000, whole.len() - 1] {
        let path = dir.path().join("b");
        fs::write(&path, &whole[..keep]).unwrap();
        let error = Segment::open(&path).unwrap_err();
        assert!(matches!(error, VectorError::Damaged { .. }), "{keep}: {error}");
    }
}

#[test]
fn a_missing_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let error = SegmentWriter::create(&missing, "a", 3).unwrap_err();
    assert!(matches!(&error, VectorError::Io { path, .. } if path.starts_with(&missing)), "{error}");
    let error = Segment::open(&missing).unwrap_err();
    assert!(matches!(&error, VectorError::Io { path, .. } if *path == missing), "{error}");
}

#[test]
fn what_a_crash_leaves_is_written_over() {
    let dir = tempfile::tempdir().unwrap();
    for leftover in ["a.tmp", "a.rows.tmp"] {
        fs::write(dir.path().join(leftover), vec![7; 100_000]).unwrap();
    }
    let view = segment(dir.path(), "a", &clustered(40, 8, 2, 1).vectors);
    view.segment().verify().unwrap();
    assert_eq!(view.live(), 40);
    assert_eq!(files(dir.path()), ["a"]);
}

#[test]
fn views_remember_their_deleted_rows() {
    let dir = tempfile::tempdir().unwrap();
    let view = segment(dir.path(), "a", &clustered(100, 8, 2, 1).vectors);
    let fewer = view.without([5, 70, 5, 1000]).without([6]);
    assert_eq!((view.deleted(), fewer.deleted(), fewer.live()), (0, 3, 97));
    assert_eq!(fewer.deleted_rows().collect::<Vec<_>>(), [5, 6, 70]);
    assert!(view.contains(5) && !fewer.contains(5) && fewer.vector(5).is_none());
    let again = SegmentView::new(open(dir.path(), "a"), fewer.deleted_rows());
    assert_eq!(again.live_rows().collect::<Vec<_>>(), fewer.live_rows().collect::<Vec<_>>());
}

#[test]
fn equal_rows_make_equal_files() {
    let dir = tempfile::tempdir().unwrap();
    let data = clustered(3000, 12, 8, 1);
    for name in ["a", "b"] {
        segment(dir.path(), name, &data.vectors);
    }
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
    assert!(read("a") == read("b"));
}
