//! One bad row costs itself, says why, and costs no neighbour.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use catalejo_catalog::{RefusalCode, RejectionQuery};
use catalejo_runs::RunState;
use futures::TryStreamExt;
use support::{House, folder, songs, write};

/// 5,000 rows of which 50 are bad; the bad ones' lines and codes.
fn file() -> (Vec<u8>, BTreeMap<u64, &'static str>) {
    let mut file = b"\xef\xbb\xbfname,id,artists,lyrics,danceability,tempo\r\n".to_vec();
    let mut bad = BTreeMap::new();
    let mut line = 2;
    for n in 0..5000_u32 {
        let lyrics = format!("\"verse {n}\nhe said \"\"go\"\", and\nwent\"");
        let good = format!("\"Song, {n}\",id{n},Somebody,{lyrics},0.5,120\n");
        let code = if n % 100 == 37 { Some(n / 100 % 10) } else { None };
        let row: Vec<u8> = match code {
            None => good.into_bytes(),
            Some(0) => good.replace("0.5", "very").into_bytes(),
            Some(1) => good.replace(&format!("id{n}"), "").into_bytes(),
            // The lyrics' quote is not closed: their lines are what follows.
            Some(2) => good.replace("went\"", "went").into_bytes(),
            Some(3) => format!("\"Song {n},id{n},Somebody,words,0.5,120\n").into_bytes(),
            Some(4) => good.replace("Somebody", "Some\0body").into_bytes(),
            Some(5) => good.replace(&lyrics, &"x".repeat(1_000_000)).into_bytes(),
            Some(6) => good.replace(&format!("id{n}"), "id0").into_bytes(),
            Some(7) => good.into_bytes().iter().map(|&b| if b == b'S' { 0xe9 } else { b }).collect(),
            Some(8) => good.replace(",0.5,120", ",0.5").into_bytes(),
            Some(_) => good.replace("\"Song, ", "\"The \"Best\" Song, ").into_bytes(),
        };
        let expected = match code {
            None => None,
            Some(0) => Some(RefusalCode::WrongType),
            Some(1) => Some(RefusalCode::MissingId),
            Some(4) => Some(RefusalCode::NulByte),
            Some(5) => Some(RefusalCode::CellTooLarge),
            Some(6) => Some(RefusalCode::DuplicateId),
            Some(7) => Some(RefusalCode::WrongEncoding),
            Some(_) => Some(RefusalCode::BrokenQuotes),
        };
        if let Some(code) = expected {
            bad.insert(line, code.as_str());
        }
        line += row.iter().filter(|&&b| b == b'\n').count() as u64;
        file.extend(row);
    }
    (file, bad)
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bad_rows_among_five_thousand() {
    let data = folder();
    let house = House::open(data.path()).await.ingest();
    house.catalog.collections().put(songs()).await.unwrap();
    let (file, bad) = file();
    assert_eq!(bad.len(), 50);
    let path = write(data.path(), "in/songs.csv", file);

    let run = house.import("songs", &path).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    let refused: Vec<String> = bad.iter().map(|(line, code)| format!("{line}:{code}")).collect();
    assert_eq!(house.rejections("songs").await, refused);
    assert_eq!((run.counts.get("read"), run.counts.get("new"), run.counts.get("refused")), (5000, 4950, 50));
    assert_eq!(house.items("songs").await, 4950);

    // Each says what is wrong with it.
    let query = RejectionQuery { run: Some(run.id.clone()), limit: 1000, ..RejectionQuery::default() };
    let page = house.catalog.rejections().list(&query).await.unwrap();
    assert!(
        page.items.iter().all(|r| !r.message.is_empty() && !r.excerpt.is_empty() && r.excerpt.len() < 4100)
    );
    let duplicate = page.items.iter().find(|r| r.code == "duplicate_id").unwrap();
    assert!(duplicate.message.contains("line 2"), "{}", duplicate.message);
    let download: Vec<_> = house.catalog.rejections().csv(query).try_collect().await.unwrap();
    let download = String::from_utf8(download.concat()).unwrap();
    let rows = csv::Reader::from_reader(download.as_bytes()).records().map(Result::unwrap).count();
    assert_eq!(rows, 50);

    // The same file again changes nothing and lists nothing twice.
    let again = house.import("songs", &path).await;
    assert_eq!(again.counts.get("unchanged"), 4950);
    assert_eq!(house.items("songs").await, 4950);
    house.close().await;
}
