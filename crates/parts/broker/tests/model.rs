#![allow(clippy::unwrap_used, clippy::panic)]
//! Random sequences of calls against a model of a few lines: what is delivered, in which order and how often tried,
//! and what waits, is leased and is dead must agree after every step, restarts included.

use std::path::Path;
use std::time::Duration;

use catalejo_broker::{Broker, Delivery, Embedded, Message};
use catalejo_port::ErrorKind;
use proptest::prelude::*;

const GROUPS: [&str; 2] = ["a", "b"];
const LONG: Duration = Duration::from_secs(600);

#[derive(Debug, Clone)]
enum Step {
    Publish(usize),
    Receive { group: usize, max: usize },
    Ack(usize),
    AckTwice(usize),
    HandBack(usize),
    Delay(usize),
    Bury(usize),
    ReplayAll { group: usize },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..4_usize).prop_map(Step::Publish),
        5 => (0..2_usize, 0..4_usize).prop_map(|(group, max)| Step::Receive { group, max }),
        3 => any::<usize>().prop_map(Step::Ack),
        1 => any::<usize>().prop_map(Step::AckTwice),
        2 => any::<usize>().prop_map(Step::HandBack),
        1 => any::<usize>().prop_map(Step::Delay),
        1 => any::<usize>().prop_map(Step::Bury),
        1 => (0..2_usize).prop_map(|group| Step::ReplayAll { group }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Ready,
    Leased,
    Delayed,
    Dead,
    Done,
}

/// For each group every message ever published: its state and how often it was delivered.
#[derive(Default)]
struct Model {
    groups: [Vec<(State, u32)>; 2],
    held: Vec<(usize, usize, Delivery)>,
}

impl Model {
    fn receive(&mut self, group: usize, max: usize) -> Vec<(usize, u32)> {
        let mut taken = Vec::new();
        for (number, (state, attempts)) in self.groups[group].iter_mut().enumerate() {
            if *state == State::Ready && taken.len() < max {
                (*state, *attempts) = (State::Leased, *attempts + 1);
                taken.push((number, *attempts));
            }
        }
        taken
    }

    fn let_go(&mut self, index: usize, state: State) -> Option<Delivery> {
        if self.held.is_empty() {
            return None;
        }
        let (group, number, delivery) = self.held.swap_remove(index % self.held.len());
        self.groups[group][number].0 = state;
        Some(delivery)
    }

    fn count(&self, group: usize, states: &[State]) -> u64 {
        self.groups[group].iter().filter(|(state, _)| states.contains(state)).count() as u64
    }
}

async fn open(file: &Path) -> Embedded {
    Embedded::open(file).await.unwrap()
}

async fn check(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.sqlite");
    let mut broker = open(&file).await;
    for group in GROUPS {
        broker.declare("t", group).await.unwrap();
    }
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Publish(count) => {
                let first = model.groups[0].len();
                let message = |number: usize| Message { key: None, body: number.to_string().into() };
                broker.publish("t", (first..first + count).map(message).collect()).await.unwrap();
                model.groups.iter_mut().for_each(|group| group.resize(first + count, (State::Ready, 0)));
            }
            Step::Receive { group, max } => {
                let got = broker.receive("t", GROUPS[group], max, LONG, Duration::ZERO).await.unwrap();
                let expected = model.receive(group, max);
                let number = |d: &Delivery| std::str::from_utf8(&d.message.body).unwrap().parse().unwrap();
                let seen: Vec<(usize, u32)> = got.iter().map(|d| (number(d), d.attempt)).collect();
                assert_eq!(seen, expected);
                model.held.extend(got.into_iter().map(|delivery| (group, number(&delivery), delivery)));
            }
            Step::Ack(index) => {
                if let Some(delivery) = model.let_go(index, State::Done) {
                    broker.ack(&delivery).await.unwrap();
                }
            }
            Step::AckTwice(index) => {
                if let Some(delivery) = model.let_go(index, State::Done) {
                    broker.ack(&delivery).await.unwrap();
                    broker.ack(&delivery).await.unwrap();
                    let late = broker.retry(&delivery, Duration::ZERO).await;
                    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
                }
            }
            Step::HandBack(index) => {
                if let Some(delivery) = model.let_go(index, State::Ready) {
                    broker.retry(&delivery, Duration::ZERO).await.unwrap();
                }
            }
            Step::Delay(index) => {
                if let Some(delivery) = model.let_go(index, State::Delayed) {
                    broker.retry(&delivery, LONG).await.unwrap();
                }
            }
            Step::Bury(index) => {
                if let Some(delivery) = model.let_go(index, State::Dead) {
                    broker.bury(&delivery, "why not").await.unwrap();
                }
            }
            Step::ReplayAll { group } => {
                let dead = broker.dead("t", GROUPS[group], None, 1000).await.unwrap();
                let ids: Vec<_> = dead.into_iter().map(|dead| dead.id).collect();
                let replayed = broker.replay("t", GROUPS[group], &ids).await.unwrap();
                assert_eq!(replayed, model.count(group, &[State::Dead]));
                let dead = model.groups[group].iter_mut().filter(|message| message.0 == State::Dead);
                dead.for_each(|message| *message = (State::Ready, 0));
            }
            Step::Restart => {
                drop(broker);
                broker = open(&file).await;
                model.held.clear();
                let leased = model.groups.iter_mut().flatten().filter(|message| message.0 == State::Leased);
                leased.for_each(|message| message.0 = State::Ready);
            }
        }
        for (group, name) in GROUPS.iter().enumerate() {
            let depth = broker.depth("t", name).await.unwrap();
            assert_eq!(
                (depth.waiting, depth.in_flight, depth.dead),
                (
                    model.count(group, &[State::Ready, State::Delayed]),
                    model.count(group, &[State::Leased]),
                    model.count(group, &[State::Dead])
                )
            );
            assert_eq!(depth.oldest.is_some(), depth.waiting > 0);
        }
    }
    // A message is stored as long as one group is not done with it.
    let copy = folder.path().join("copy.sqlite");
    let summary = broker.snapshot(&copy).await.unwrap();
    let stored = summary.tables.iter().find(|table| table.name == "messages").unwrap().rows;
    let pairs = model.groups[0].iter().zip(&model.groups[1]);
    assert_eq!(stored, pairs.filter(|(a, b)| a.0 != State::Done || b.0 != State::Done).count() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_broker_does_what_the_model_does(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(check(steps));
    }
}
