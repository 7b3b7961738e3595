#![allow(clippy::unwrap_used, clippy::panic)]
//! The contract suite on every backend and decorator.

use std::sync::Arc;
use std::time::Duration;

use catalejo_broker::{Broker, Embedded, Message, Metered, open, open_embedded, suite};
use catalejo_port::ErrorKind;

#[tokio::test(flavor = "multi_thread")]
async fn embedded_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    suite::all(open(&"embedded:".parse().unwrap(), folder.path()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metered_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let broker = open(&"embedded:".parse().unwrap(), folder.path()).await.unwrap();
    suite::all(Arc::new(Metered::new(broker))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    suite::survives_a_restart(async || open(&"embedded:".parse().unwrap(), folder.path()).await.unwrap())
        .await;
}

#[tokio::test]
async fn embedded_hands_back_at_once_what_a_caller_left_behind() {
    const MESSAGES: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let broker = open(&"embedded:".parse().unwrap(), folder.path()).await.unwrap();
    broker.declare("t", "g").await.unwrap();
    let message = |n: usize| Message { key: None, body: n.to_string().into() };
    broker.publish("t", (0..MESSAGES).map(message).collect()).await.unwrap();
    // Far longer than the test: nothing comes back by the end of its lease.
    let (lease, wait) = (Duration::from_secs(3600), Duration::from_secs(30));
    for step in 0..MESSAGES {
        let call = broker.receive("t", "g", 1, lease, wait);
        tokio::pin!(call);
        // Leave at every moment from the sending of the command to the arrival of its answer.
        if futures::poll!(call.as_mut()).is_pending() {
            for _ in 0..step {
                tokio::task::yield_now().await;
            }
        }
    }
    let mut got = Vec::new();
    while got.len() < MESSAGES {
        let more = broker.receive("t", "g", MESSAGES, lease, wait).await.unwrap();
        assert!(!more.is_empty(), "only {} of {MESSAGES} came", got.len());
        got.extend(more);
    }
    assert!(got.iter().all(|delivery| delivery.attempt == 1), "nobody had them before");
}

#[tokio::test]
async fn a_snapshot_of_a_working_broker_opens_as_a_broker() {
    let folder = tempfile::tempdir().unwrap();
    let broker = open_embedded(&"embedded:".parse().unwrap(), folder.path()).await.unwrap();
    broker.declare("t", "g").await.unwrap();
    let message = |n: u8| Message { key: None, body: vec![n].into() };
    broker.publish("t", (0..100).map(message).collect()).await.unwrap();
    let copy = folder.path().join("copy.sqlite");
    let summary = broker.snapshot(&copy).await.unwrap();
    assert_eq!(summary.tables.iter().find(|table| table.name == "messages").unwrap().rows, 100);
    assert_eq!(broker.snapshot(&copy).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    broker.publish("t", vec![message(0)]).await.unwrap();
    assert_eq!(Embedded::verify(&copy).await.unwrap(), summary);
    let copy = Embedded::open(&copy).await.unwrap();
    assert_eq!(copy.depth("t", "g").await.unwrap().waiting, 100);
    assert_eq!(broker.depth("t", "g").await.unwrap().waiting, 101);
}

#[tokio::test]
async fn wrong_urls_and_newer_files_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    for (url, kind, message) in [
        ("embedded:?x=1", ErrorKind::Invalid, "broker: `embedded:` has no option `x`; it has no options"),
        ("embedded://h/x", ErrorKind::Invalid, "broker: `embedded:` has no host; write `embedded:PATH`"),
        (
            "amqp://u:pw@h",
            ErrorKind::Unsupported,
            "broker: compiled without the `amqp` feature, which `amqp:` needs",
        ),
        ("mail:", ErrorKind::Invalid, "broker: unknown scheme `mail:`; known are `embedded`"),
    ] {
        let error = open(&url.parse().unwrap(), folder.path()).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
    }
    let file = folder.path().join("newer.sqlite");
    let newer = catalejo_store::sqlite::Sqlite::open(&file).await.unwrap();
    sea_orm::sqlx::query("PRAGMA user_version = 9").execute(newer.writer()).await.unwrap();
    drop(newer);
    let error = Embedded::open(&file).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let garbage = folder.path().join("garbage.sqlite");
    std::fs::write(&garbage, "not a database, but long enough to be looked at".repeat(100)).unwrap();
    assert_eq!(Embedded::open(&garbage).await.unwrap_err().kind(), ErrorKind::Corrupt);
}
