#![allow(clippy::unwrap_used, clippy::panic)]
//! The contract suite on SQLite, and what only its files can do.

use std::path::Path;

use catalejo_port::ErrorKind;
use catalejo_store::{Store, suite};
use sea_orm::{ConnectionTrait, Statement};

async fn open(url: &str, data_dir: &Path) -> Store {
    Store::open(&url.parse().unwrap(), data_dir).await.unwrap()
}

async fn run(store: &Store, sql: &str) {
    let txn = store.begin().await.unwrap();
    txn.execute_unprepared(sql).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    suite::all(&open("sqlite:", folder.path()).await).await;
    assert!(folder.path().join("store/catalejo.sqlite").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_store_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    suite::all(&open("sqlite::memory:", folder.path()).await).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_handles_on_one_file_behave_like_two_processes() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("a b#c%25.db").display());
    let (one, two) = (open(&file, folder.path()).await, open(&file, folder.path()).await);
    let migrated = tokio::join!(
        suite::migrations_at_once_are_applied_once(&one),
        suite::migrations_at_once_are_applied_once(&two)
    );
    assert_eq!(migrated, ((), ()));
    run(&one, "CREATE TABLE counter (n INTEGER)").await;
    run(&one, "INSERT INTO counter VALUES (0)").await;
    let writers = [one.clone(), two].into_iter().cycle().take(50).map(|store| {
        tokio::spawn(async move {
            for _ in 0..10 {
                // Reading first is what makes a transaction lose that has not locked the file from its beginning.
                let txn = store.begin().await.unwrap();
                let count = read_count(&txn).await;
                txn.execute_unprepared(&format!("UPDATE counter SET n = {}", count + 1)).await.unwrap();
                txn.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(read_count(one.db()).await, 500);
}

async fn read_count(db: &impl ConnectionTrait) -> i64 {
    let query = Statement::from_string(db.get_database_backend(), "SELECT n FROM counter");
    db.query_one_raw(query).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_snapshot_is_whole_while_the_store_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open("sqlite:", folder.path()).await;
    run(&store, "CREATE TABLE \"odd \"\"name\" (a INTEGER PRIMARY KEY, b TEXT, c BLOB, d REAL)").await;
    let insert = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO \"odd \"\"name\" (b, c, d) SELECT 'ñ''' || i, randomblob(20), i / 3.0 FROM n";
    run(&store, insert).await;
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..20 {
                run(&store, insert).await;
            }
        }
    });
    let file = folder.path().join("copy.sqlite");
    let summary = store.snapshot(&file).await.unwrap();
    writing.await.unwrap();
    // Transactions of 1000 rows: a copy that holds a part of one would be torn.
    assert_eq!((summary.tables.len(), summary.tables[0].rows % 1000), (1, 0));
    assert_eq!(Store::verify(&file).await.unwrap(), summary);
    assert_eq!(store.snapshot(&file).await.unwrap_err().kind(), ErrorKind::AlreadyExists);

    let copy = open(&format!("sqlite:{}", file.display()), folder.path()).await;
    run(&copy, "UPDATE \"odd \"\"name\" SET b = 'x' WHERE a = 7").await;
    drop(copy);
    let changed = Store::verify(&file).await.unwrap();
    assert_eq!(changed.tables[0].rows, summary.tables[0].rows);
    assert_ne!(changed.tables[0].hash, summary.tables[0].hash);
}

#[tokio::test]
async fn a_damaged_copy_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = open("sqlite:", folder.path()).await;
    run(&store, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").await;
    run(&store, "CREATE INDEX t_b ON t (b)").await;
    let insert = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO t (b) SELECT 'row ' || i FROM n";
    run(&store, insert).await;
    let file = folder.path().join("copy.sqlite");
    store.snapshot(&file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let damaged: [(&str, Vec<u8>); 3] = [
        ("header", [b"garbage", &whole[7..]].concat()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("page", {
            let mut bytes = whole.clone();
            let at = bytes.len() / 2;
            bytes[at..at + 4096].fill(0xa5);
            bytes
        }),
    ];
    for (what, bytes) in damaged {
        std::fs::write(&file, bytes).unwrap();
        let error = Store::verify(&file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(Store::verify(&file).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn wrong_urls_and_files_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let error = async |url: &str| Store::open(&url.parse().unwrap(), folder.path()).await.unwrap_err();
    for (url, kind, message) in [
        ("sqlite:?x=1", ErrorKind::Invalid, "store: `sqlite:` has no option `x`; it has no options"),
        (
            "sqlite://h/x",
            ErrorKind::Invalid,
            "store: `sqlite:` has no host; write `sqlite:PATH` or `sqlite:///PATH`",
        ),
        (
            "mysql://u:hunter2@h/db",
            ErrorKind::Unsupported,
            "store: compiled without the `mysql` feature, which `mysql:` needs",
        ),
        (
            "postgresql://u:hunter2@h/db",
            ErrorKind::Unsupported,
            "store: compiled without the `postgres` feature, which `postgresql:` needs",
        ),
        ("oracle:x", ErrorKind::Invalid, "store: unknown scheme `oracle:`; known are `sqlite`"),
    ] {
        let error = error(url).await;
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
    }
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "no database".repeat(1000)).unwrap();
    let garbage = error(&format!("sqlite:{}", garbage.display())).await;
    assert_eq!(garbage.kind(), ErrorKind::Corrupt);
    assert!(garbage.to_string().contains("garbage.db"), "{garbage}");
    let folder_itself = error(&format!("sqlite:{}", folder.path().display())).await;
    assert_eq!(folder_itself.kind(), ErrorKind::Unreachable, "{folder_itself}");
}
