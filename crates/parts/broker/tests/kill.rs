#![allow(clippy::unwrap_used, clippy::panic)]
//! `kill -9` at any moment: what was answered with success is kept, a batch is whole or not there, and nobody holds a
//! lease afterwards. The killed process is this test's own executable, which tells on its standard output what
//! the broker answered to it.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use catalejo_broker::{Broker, Embedded, Message};

const FOLDER: &str = "CATALEJO_TEST_KILL_FOLDER";
const ROUND: &str = "CATALEJO_TEST_KILL_ROUND";
const ROUNDS: u64 = 12;
const BATCH: u64 = 10;
const LONG: Duration = Duration::from_secs(600);

/// What a killed process had been told.
#[derive(Default)]
struct Told {
    published: HashSet<String>,
    acknowledged: HashSet<String>,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_torn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.sqlite");
    let broker = Embedded::open(&file).await.unwrap();
    broker.declare("t", "keep").await.unwrap();
    broker.declare("t", "work").await.unwrap();
    drop(broker);
    let mut told = Told::default();
    for round in 0..ROUNDS {
        // A different number of answers each time, so that different moments are hit.
        run_and_kill(&file, round, 5 + round as usize * 17, &mut told);
    }

    let broker = Embedded::open(&file).await.unwrap();
    assert_eq!(broker.depth("t", "work").await.unwrap().in_flight, 0);
    let kept = drain(&broker, "keep").await;
    let mut batches = HashMap::new();
    for body in &kept {
        *batches.entry(body.rsplit_once('.').unwrap().0.to_owned()).or_insert(0) += 1;
    }
    assert_eq!(kept.iter().collect::<HashSet<_>>().len(), kept.len(), "a message is there twice");
    assert!(batches.values().all(|count| *count == BATCH), "a batch is torn");
    for batch in &told.published {
        assert!(batches.contains_key(batch), "batch {batch} was answered with success and is lost");
    }
    assert!(told.published.len() > 100, "only {} batches in {ROUNDS} rounds", told.published.len());
    let left: HashSet<_> = drain(&broker, "work").await.into_iter().collect();
    let again: Vec<_> = told.acknowledged.intersection(&left).collect();
    assert!(again.is_empty(), "acknowledged, but there again: {again:?}");
    assert!(told.acknowledged.len() > 100);
    // What is neither left nor known as acknowledged can only be what was on its way at a kill.
    let unknown =
        kept.iter().filter(|body| !left.contains(*body) && !told.acknowledged.contains(*body)).count();
    assert!(unknown as u64 <= ROUNDS * BATCH, "{unknown} messages are gone from the group that works");
}

fn run_and_kill(file: &Path, round: u64, answers: usize, told: &mut Told) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, file)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut note = |line: String| match line.split_once(' ') {
        Some(("published", batch)) => drop(told.published.insert(batch.to_owned())),
        Some(("acknowledged", body)) => drop(told.acknowledged.insert(body.to_owned())),
        _ => {}
    };
    lines
        .by_ref()
        .filter(|line| line.contains("published ") || line.contains("acknowledged "))
        .take(answers)
        .for_each(&mut note);
    child.kill().unwrap();
    // What was answered before the kill and not read yet counts too.
    lines.for_each(&mut note);
    assert!(!child.wait().unwrap().success(), "it ended by itself");
}

async fn drain(broker: &Embedded, group: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let got = broker.receive("t", group, 500, LONG, Duration::ZERO).await.unwrap();
        if got.is_empty() {
            return bodies;
        }
        bodies.extend(got.iter().map(|d| String::from_utf8(d.message.body.to_vec()).unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "publishes and consumes until it is killed by the test above"]
async fn the_process_that_is_killed() {
    let broker = Embedded::open(Path::new(&std::env::var(FOLDER).unwrap())).await.unwrap();
    let round = std::env::var(ROUND).unwrap();
    let publish = async {
        for n in 0_u64.. {
            let batch = format!("{round}-{n}");
            let message = |i| Message { key: None, body: format!("{batch}.{i}").into() };
            broker.publish("t", (0..BATCH).map(message).collect()).await.unwrap();
            tell("published", &batch);
        }
    };
    let consume = async {
        loop {
            for delivery in broker.receive("t", "work", BATCH as usize, LONG, LONG).await.unwrap() {
                broker.ack(&delivery).await.unwrap();
                tell("acknowledged", std::str::from_utf8(&delivery.message.body).unwrap());
            }
        }
    };
    tokio::join!(publish, consume);
}

/// One write per line: a kill leaves no half line.
fn tell(what: &str, name: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{what} {name}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
