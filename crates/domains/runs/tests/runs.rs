//! The life of a run, in one process and across several.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::time::Duration;

use catalejo_runs::{LogLevel, NewRun, Run, RunError, RunEvent, RunKind, RunQuery, RunState, Runs};
use catalejo_store::Store;
use futures::{Stream, StreamExt};

async fn runs(data: &Path) -> Runs {
    let store = Store::open(&"sqlite:".parse().unwrap(), data).await.unwrap();
    Runs::open(store).await.unwrap()
}

fn ingest(subject: &str) -> NewRun {
    NewRun::new(RunKind::Ingest, subject).collection("songs")
}

async fn last(events: impl Stream<Item = RunEvent>) -> Run {
    let follow = events.filter_map(async |event| match event {
        RunEvent::Update(run) => Some(run),
        RunEvent::Log { .. } => None,
    });
    let all: Vec<Run> =
        tokio::time::timeout(Duration::from_secs(30), follow.collect()).await.expect("the watch ends");
    all.into_iter().next_back().unwrap()
}

#[tokio::test]
async fn a_run_from_queued_to_succeeded() {
    let data = tempfile::tempdir().unwrap();
    let runs = runs(data.path()).await;
    let run = runs.create(ingest("a.csv")).await.unwrap();
    assert_eq!((run.state, run.attempts), (RunState::Queued, 0));
    let mut events = Box::pin(runs.watch(&run.id).await.unwrap());
    let handle = runs.claim(&run.id).await.unwrap().unwrap();
    assert!(runs.claim(&run.id).await.unwrap().is_none(), "it is taken");
    handle.log(LogLevel::Warn, "careful").await.unwrap();
    handle.progress(|run| {
        run.done = 10;
        run.counts.add("read", 2);
    });
    handle.succeed().await.unwrap();

    let mut states = Vec::new();
    let mut lines = 0;
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Update(run) => states.push((run.state, run.done)),
            RunEvent::Log { line, .. } => {
                assert_eq!((line.seq, line.message.as_str()), (1, "careful"));
                lines += 1;
            }
        }
    }
    let expected =
        [(RunState::Queued, 0), (RunState::Running, 0), (RunState::Running, 10), (RunState::Succeeded, 10)];
    assert_eq!((states.as_slice(), lines), (&expected[..], 1));
    let kept = runs.get(&run.id).await.unwrap();
    assert_eq!((kept.counts.get("read"), kept.attempts), (2, 1));
    assert!(kept.started_at.is_some() && kept.finished_at.is_some());
    assert_eq!(runs.log(&run.id, None, 0).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn cancelling_reaches_the_worker_of_another_process() {
    let data = tempfile::tempdir().unwrap();
    let (worker, other) = (runs(data.path()).await, runs(data.path()).await);
    let run = worker.create(ingest("a.csv")).await.unwrap();
    let handle = worker.claim(&run.id).await.unwrap().unwrap();
    let watched = other.watch(&run.id).await.unwrap();
    assert!(other.cancel(&run.id).await.unwrap().cancel_requested);
    tokio::time::timeout(Duration::from_secs(30), handle.cancelled().cancelled())
        .await
        .expect("the worker is told");
    handle.cancel().await.unwrap();
    assert_eq!(last(watched).await.state, RunState::Cancelled);

    let queued = worker.create(ingest("b.csv")).await.unwrap();
    assert_eq!(other.cancel(&queued.id).await.unwrap().state, RunState::Cancelled);
    assert!(worker.claim(&queued.id).await.unwrap().is_none());
    assert_eq!(
        other.cancel(&queued.id).await.unwrap().state,
        RunState::Cancelled,
        "once more changes nothing"
    );
}

#[tokio::test]
async fn what_a_dead_process_left_is_taken_up_again() {
    let data = tempfile::tempdir().unwrap();
    let first = runs(data.path()).await;
    let run = first.create(ingest("a.csv")).await.unwrap();
    let handle = first.claim(&run.id).await.unwrap().unwrap();

    let second = runs(data.path()).await;
    assert!(second.recover(Duration::from_secs(60)).await.unwrap().is_empty(), "it gave a sign of life");
    assert!(first.recover(Duration::ZERO).await.unwrap().is_empty(), "its own runs are alive");
    assert_eq!(second.recover(Duration::ZERO).await.unwrap().len(), 1);
    let taken = second.claim(&run.id).await.unwrap().unwrap();
    assert_eq!(taken.run().attempts, 2);

    // The first one was only asleep: the run is not its to finish any more.
    handle.fail("too late").await.unwrap();
    assert_eq!(second.get(&run.id).await.unwrap().state, RunState::Running);
    taken.succeed().await.unwrap();
    assert_eq!(second.get(&run.id).await.unwrap().state, RunState::Succeeded);
}

#[tokio::test]
async fn what_was_to_be_cancelled_does_not_come_back() {
    let data = tempfile::tempdir().unwrap();
    let first = runs(data.path()).await;
    let dead = first.create(ingest("a.csv")).await.unwrap();
    let released = first.create(ingest("b.csv")).await.unwrap();
    let _dead = first.claim(&dead.id).await.unwrap().unwrap();
    let handle = first.claim(&released.id).await.unwrap().unwrap();
    let second = runs(data.path()).await;
    for run in [&dead, &released] {
        second.cancel(&run.id).await.unwrap();
    }
    handle.release(None).await.unwrap();
    second.recover(Duration::ZERO).await.unwrap();
    for run in [&dead, &released] {
        let run = second.get(&run.id).await.unwrap();
        assert_eq!(run.state, RunState::Cancelled, "{run:?}");
        assert!(run.finished_at.is_some());
    }
}

#[tokio::test]
async fn only_what_failed_or_was_cancelled_is_retried() {
    let data = tempfile::tempdir().unwrap();
    let runs = runs(data.path()).await;
    let run = runs.create(ingest("a.csv")).await.unwrap();
    assert!(matches!(runs.requeue(&run.id).await, Err(RunError::WrongState { state: RunState::Queued, .. })));
    runs.claim(&run.id).await.unwrap().unwrap().fail("broken").await.unwrap();
    assert_eq!(runs.get(&run.id).await.unwrap().error.as_deref(), Some("broken"));
    let again = runs.requeue(&run.id).await.unwrap();
    assert_eq!((again.state, again.error, again.finished_at), (RunState::Queued, None, None));
    runs.claim(&run.id).await.unwrap().unwrap().succeed().await.unwrap();
    assert!(matches!(runs.cancel(&run.id).await, Err(RunError::WrongState { .. })));
    assert!(matches!(runs.get("none").await, Err(RunError::NotFound(_))));
}

#[tokio::test]
async fn lists_are_filtered_and_paged_newest_first() {
    let data = tempfile::tempdir().unwrap();
    let runs = runs(data.path()).await;
    let new = (0..25).map(|n| ingest(&format!("{n}.csv"))).collect();
    let created = runs.create_many(new).await.unwrap();
    runs.create(NewRun::new(RunKind::Crawl, "bucket")).await.unwrap();
    let mut query = RunQuery { kind: Some(RunKind::Ingest), limit: 10, ..RunQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = runs.list(&query).await.unwrap();
        seen.extend(page.items.into_iter().map(|run| run.id));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    let expected: Vec<String> = created.into_iter().rev().map(|run| run.id).collect();
    assert_eq!(seen, expected);
    query.cursor = Some("elsewhere".into());
    assert!(matches!(runs.list(&query).await, Err(RunError::InvalidCursor)));
}

#[tokio::test]
async fn a_log_is_bounded() {
    let data = tempfile::tempdir().unwrap();
    let runs = runs(data.path()).await;
    let run = runs.create(ingest("a.csv")).await.unwrap();
    let handle = runs.claim(&run.id).await.unwrap().unwrap();
    for n in 0..1010 {
        handle.log(LogLevel::Info, format!("line {n}")).await.unwrap();
    }
    let first = runs.log(&run.id, None, 990).await.unwrap();
    let after = first.next_cursor.unwrap().parse().unwrap();
    let rest = runs.log(&run.id, Some(after), 990).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next_cursor), (990, 10, None));
    assert!(rest.items.last().unwrap().message.contains("full"));
}
