//! A file with bad rows: what is good comes in, what is bad is listed with line and reason.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use crate::support::{Server, catalejo, output, text};

const ROWS: usize = 5000;

/// 5,000 rows of which 50 are bad in seven ways; the line on which each bad row starts, and its kind.
fn bad_file() -> (Vec<u8>, BTreeMap<usize, &'static str>) {
    let mut bytes = b"id,name,artists,danceability,lyrics\n".to_vec();
    let mut bad = BTreeMap::new();
    let mut line = 2;
    for row in 0..ROWS {
        let kind = if row % 100 == 37 { Some(row / 100 % 7) } else { None };
        let good =
            |id: &str| format!("{id},song {row},someone,0.5,\"verse {row}, first line\nsecond line\"\n");
        let (record, name): (Vec<u8>, _) = match kind {
            None => (good(&format!("s{row}")).into_bytes(), ""),
            Some(0) => (format!("s{row},song,someone,very,\"a\nb\"\n").into_bytes(), "wrong type"),
            Some(1) => (good("").into_bytes(), "missing id"),
            Some(2) => {
                (format!("s{row},\"song \"{row}\" live,someone,0.5,one line\n").into_bytes(), "broken quotes")
            }
            Some(3) => (format!("s{row},song\0zero,someone,0.5,\"a\nb\"\n").into_bytes(), "NUL byte"),
            Some(4) => {
                (format!("s{row},song,someone,0.5,{}\n", "x".repeat(1 << 20)).into_bytes(), "1 MB cell")
            }
            Some(5) => (good("s5").into_bytes(), "duplicate id"),
            Some(_) => (
                [format!("s{row},canci").as_bytes(), &[0xF3], b"n,someone,0.5,una linea\n"].concat(),
                "wrong encoding",
            ),
        };
        if kind.is_some() {
            bad.insert(line, name);
        }
        line += record.iter().filter(|b| **b == b'\n').count();
        bytes.write_all(&record).unwrap();
    }
    (bytes, bad)
}

#[test]
fn fifty_bad_rows_among_five_thousand_are_refused_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("bad.csv");
    let (bytes, bad) = bad_file();
    assert_eq!(bad.len(), 50);
    std::fs::write(&file, bytes).unwrap();

    let server = Server::up(&data);
    let ingest = output(catalejo(&data).arg("ingest").arg(&file).args(["--collection", "songs", "--json"]));
    let summary = text(&ingest.stdout);
    assert!(ingest.status.success(), "{summary}{}", text(&ingest.stderr));
    assert_eq!(server.get("/v1/collections/songs")["items"], 4950, "{summary}");

    let mut refused: BTreeMap<usize, Value> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/v1/collections/songs/rejections?limit=20{cursor}"));
        for rejection in page["items"].as_array().unwrap() {
            let line = usize::try_from(rejection["line"].as_u64().unwrap()).unwrap();
            assert!(refused.insert(line, rejection.clone()).is_none(), "line {line} twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let lines: Vec<_> = refused.keys().collect();
    assert_eq!(lines, bad.keys().collect::<Vec<_>>(), "the refused lines");
    for (line, kind) in &bad {
        let reason = refused[line]["reason"].as_str().unwrap();
        println!("line {line} ({kind}): {reason}");
        assert!(reason.len() > 10, "{kind}: {reason:?} says too little");
    }
}
