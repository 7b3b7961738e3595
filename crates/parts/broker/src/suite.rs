//! The broker's contract as tests over the port. Each part uses topics of its own, so one broker may serve them all.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use catalejo_port::ErrorKind;

use crate::{Broker, Delivery, Depth, Message};

/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(600);
/// How long the suite waits for what must come before it calls that a failure.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the suite looks for what must not come.
const GLANCE: Duration = Duration::from_millis(60);
const SHORT_LEASE: Duration = Duration::from_millis(40);

/// Runs the whole suite but for [`survives_a_restart`].
pub async fn all(broker: Arc<dyn Broker>) {
    broker.ping().await.unwrap();
    keeps_what_is_published_since_the_group_was_declared(&*broker).await;
    an_unknown_group_is_not_found(&*broker).await;
    delivers_whole_messages_once(&*broker).await;
    delivers_the_oldest_first(&*broker).await;
    every_group_receives_everything(&*broker).await;
    a_retried_message_comes_again(&*broker).await;
    an_expired_lease_brings_the_message_back(&*broker).await;
    a_stale_receipt_is_a_conflict(&*broker).await;
    a_late_holder_may_still_finish(&*broker).await;
    an_extended_lease_holds(&*broker).await;
    buried_messages_are_kept_listed_and_replayed(&*broker).await;
    a_waiting_consumer_is_woken(broker.clone()).await;
    an_abandoned_call_loses_nothing(&*broker).await;
    competing_consumers_share_without_doubles(broker.clone()).await;
    many_messages_come_exactly_once_when_acknowledged_in_time(broker).await;
}

fn topic(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("suite-{}-{name}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn text(body: impl Into<String>) -> Message {
    Message { key: None, body: Bytes::from(body.into()) }
}

fn numbered(count: usize) -> Vec<Message> {
    (0..count).map(|n| text(n.to_string())).collect()
}

fn body(delivery: &Delivery) -> String {
    String::from_utf8(delivery.message.body.to_vec()).unwrap()
}

fn bodies(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(body).collect()
}

async fn declared(broker: &dyn Broker, name: &str) -> String {
    let topic = topic(name);
    broker.declare(&topic, "g").await.unwrap();
    topic
}

/// The next delivery, which must come.
async fn next(broker: &dyn Broker, topic: &str, lease: Duration) -> Delivery {
    let mut deliveries = broker.receive(topic, "g", 1, lease, PATIENCE).await.unwrap();
    assert_eq!(deliveries.len(), 1, "nothing came within {PATIENCE:?}");
    deliveries.pop().unwrap()
}

async fn assert_empty(broker: &dyn Broker, topic: &str) {
    let deliveries = broker.receive(topic, "g", 10, LONG, GLANCE).await.unwrap();
    assert_eq!(deliveries, [], "nothing should come");
}

async fn depth(broker: &dyn Broker, topic: &str) -> (u64, u64, u64) {
    let Depth { waiting, in_flight, dead, .. } = broker.depth(topic, "g").await.unwrap();
    (waiting, in_flight, dead)
}

/// A group receives what is published since it was declared; declaring again changes nothing; a topic without
/// a group keeps nothing.
pub async fn keeps_what_is_published_since_the_group_was_declared(broker: &dyn Broker) {
    let topic = topic("declare");
    broker.publish(&topic, vec![text("early")]).await.unwrap();
    broker.declare(&topic, "g").await.unwrap();
    assert_empty(broker, &topic).await;
    broker.publish(&topic, vec![]).await.unwrap();
    broker.publish(&topic, vec![text("one")]).await.unwrap();
    broker.declare(&topic, "g").await.unwrap();
    broker.declare(&topic, "late").await.unwrap();
    broker.publish(&topic, vec![text("two")]).await.unwrap();
    let got = broker.receive(&topic, "g", 10, LONG, PATIENCE).await.unwrap();
    assert_eq!(bodies(&got), ["one", "two"]);
    let got = broker.receive(&topic, "late", 10, LONG, PATIENCE).await.unwrap();
    assert_eq!(bodies(&got), ["two"]);
}

/// Only a declared group can be asked about.
pub async fn an_unknown_group_is_not_found(broker: &dyn Broker) {
    let topic = topic("unknown");
    let error = broker.receive(&topic, "g", 1, LONG, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(broker.depth(&topic, "g").await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Key and body arrive as they were, empty and binary ones too; acknowledged messages never come again.
pub async fn delivers_whole_messages_once(broker: &dyn Broker) {
    let topic = declared(broker, "whole").await;
    let all_bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let sent = [
        Message { key: Some("clé 🎵".into()), body: Bytes::from(all_bytes) },
        Message { key: Some(String::new()), body: Bytes::new() },
        Message { key: None, body: Bytes::from_static(b"{}") },
    ];
    broker.publish(&topic, sent.to_vec()).await.unwrap();
    let got = broker.receive(&topic, "g", 10, LONG, PATIENCE).await.unwrap();
    for (delivery, message) in got.iter().zip(&sent) {
        assert_eq!(delivery.message, *message);
        assert_eq!(
            (delivery.topic.as_str(), delivery.group.as_str(), delivery.attempt),
            (topic.as_str(), "g", 1)
        );
    }
    let ids: HashSet<_> = got.iter().map(|delivery| &delivery.id).collect();
    assert_eq!((got.len(), ids.len()), (3, 3));
    assert_eq!(depth(broker, &topic).await, (0, 3, 0));
    for delivery in &got {
        broker.ack(delivery).await.unwrap();
    }
    assert_eq!(depth(broker, &topic).await, (0, 0, 0));
    assert_empty(broker, &topic).await;
}

/// One consumer sees messages in the order of their publication, never more than it asked for.
pub async fn delivers_the_oldest_first(broker: &dyn Broker) {
    let topic = declared(broker, "order").await;
    for batch in numbered(30).chunks(7) {
        broker.publish(&topic, batch.to_vec()).await.unwrap();
    }
    let mut seen = Vec::new();
    while seen.len() < 30 {
        let got = broker.receive(&topic, "g", 4, LONG, PATIENCE).await.unwrap();
        assert!((1..=4).contains(&got.len()));
        seen.extend(bodies(&got));
    }
    assert_eq!(seen, (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
}

/// What one group does with a message is nothing to another.
pub async fn every_group_receives_everything(broker: &dyn Broker) {
    let topic = declared(broker, "groups").await;
    broker.declare(&topic, "other").await.unwrap();
    broker.publish(&topic, numbered(3)).await.unwrap();
    for delivery in broker.receive(&topic, "g", 10, LONG, PATIENCE).await.unwrap() {
        broker.ack(&delivery).await.unwrap();
    }
    let got = broker.receive(&topic, "other", 10, LONG, PATIENCE).await.unwrap();
    assert_eq!(bodies(&got), ["0", "1", "2"]);
    broker.bury(&got[0], "no").await.unwrap();
    assert_empty(broker, &topic).await;
    assert_eq!(broker.dead(&topic, "g", None, 10).await.unwrap(), []);
}

/// Handed back it comes at once, with a delay not before it; each time with `attempt` raised.
pub async fn a_retried_message_comes_again(broker: &dyn Broker) {
    let topic = declared(broker, "retry").await;
    broker.publish(&topic, numbered(1)).await.unwrap();
    let first = next(broker, &topic, LONG).await;
    broker.retry(&first, Duration::ZERO).await.unwrap();
    let second = next(broker, &topic, LONG).await;
    assert_eq!((second.attempt, second.id == first.id), (2, true));
    let (delay, begun) = (Duration::from_millis(80), Instant::now());
    broker.retry(&second, delay).await.unwrap();
    assert_eq!(depth(broker, &topic).await, (1, 0, 0));
    let third = next(broker, &topic, LONG).await;
    // Backends keep time in milliseconds and may round down.
    assert!(begun.elapsed() + Duration::from_millis(2) >= delay, "came after {:?}", begun.elapsed());
    assert_eq!(third.attempt, 3);
    broker.ack(&third).await.unwrap();
    assert_empty(broker, &topic).await;
}

/// Neither acknowledged nor within its lease: it comes again.
pub async fn an_expired_lease_brings_the_message_back(broker: &dyn Broker) {
    let topic = declared(broker, "expiry").await;
    broker.publish(&topic, numbered(2)).await.unwrap();
    let begun = Instant::now();
    let first = next(broker, &topic, SHORT_LEASE).await;
    let other = next(broker, &topic, LONG).await;
    let again = next(broker, &topic, LONG).await;
    assert!(begun.elapsed() + Duration::from_millis(2) >= SHORT_LEASE);
    assert_eq!((again.id.as_str(), again.attempt), (first.id.as_str(), 2));
    assert_ne!(again.receipt, first.receipt);
    broker.ack(&again).await.unwrap();
    broker.ack(&other).await.unwrap();
    assert_empty(broker, &topic).await;
}

/// Once somebody else holds the message, the former holder can do nothing to it.
pub async fn a_stale_receipt_is_a_conflict(broker: &dyn Broker) {
    let topic = declared(broker, "stale").await;
    broker.publish(&topic, numbered(1)).await.unwrap();
    let stale = next(broker, &topic, SHORT_LEASE).await;
    let held = next(broker, &topic, LONG).await;
    for result in [
        broker.ack(&stale).await,
        broker.retry(&stale, Duration::ZERO).await,
        broker.bury(&stale, "late").await,
        broker.extend(&stale, LONG).await,
    ] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Conflict);
    }
    assert_eq!(depth(broker, &topic).await, (0, 1, 0));
    broker.retry(&held, Duration::ZERO).await.unwrap();
    // The message was given back: its receipt is spent.
    assert_eq!(broker.ack(&held).await.unwrap_err().kind(), ErrorKind::Conflict);
    let last = next(broker, &topic, LONG).await;
    assert_eq!(last.attempt, 3);
    broker.ack(&last).await.unwrap();
}

/// A lease that ran out without anybody taking the message still lets its holder finish.
pub async fn a_late_holder_may_still_finish(broker: &dyn Broker) {
    let topic = declared(broker, "late").await;
    broker.publish(&topic, numbered(1)).await.unwrap();
    let late = next(broker, &topic, Duration::from_millis(1)).await;
    wait_for(async || depth(broker, &topic).await == (1, 0, 0)).await;
    broker.ack(&late).await.unwrap();
    assert_eq!(depth(broker, &topic).await, (0, 0, 0));
    assert_empty(broker, &topic).await;
}

/// `extend` starts the lease anew.
pub async fn an_extended_lease_holds(broker: &dyn Broker) {
    let topic = declared(broker, "extend").await;
    broker.publish(&topic, numbered(1)).await.unwrap();
    let lease = Duration::from_millis(400);
    let held = next(broker, &topic, lease).await;
    broker.extend(&held, LONG).await.unwrap();
    assert_eq!(broker.receive(&topic, "g", 1, LONG, lease * 2).await.unwrap(), []);
    assert_eq!(depth(broker, &topic).await, (0, 1, 0));
    broker.ack(&held).await.unwrap();
}

/// Dead messages keep their reason and attempts, are listed in pages, live again when replayed, and are
/// forgotten when discarded.
pub async fn buried_messages_are_kept_listed_and_replayed(broker: &dyn Broker) {
    let topic = declared(broker, "dead").await;
    broker.publish(&topic, numbered(5)).await.unwrap();
    let first = next(broker, &topic, LONG).await;
    broker.retry(&first, Duration::ZERO).await.unwrap();
    for delivery in broker.receive(&topic, "g", 5, LONG, PATIENCE).await.unwrap() {
        broker.bury(&delivery, &format!("línea {}", body(&delivery))).await.unwrap();
    }
    assert_empty(broker, &topic).await;
    assert_eq!(depth(broker, &topic).await, (0, 0, 5));
    let page = broker.dead(&topic, "g", None, 3).await.unwrap();
    let rest = broker.dead(&topic, "g", Some(&page[2].id), 3).await.unwrap();
    let all: Vec<_> = page.into_iter().chain(rest).collect();
    let reasons: Vec<_> = all.iter().map(|dead| dead.reason.as_str()).collect();
    assert_eq!(reasons, ["línea 0", "línea 1", "línea 2", "línea 3", "línea 4"]);
    assert_eq!((all[0].attempts, all[1].attempts, &all[4].message), (2, 1, &text("4")));
    assert!(all.iter().all(|dead| dead.buried_at_ms > 1_600_000_000_000));
    let ids = [all[0].id.clone(), all[3].id.clone()];
    assert_eq!(broker.replay(&topic, "g", &ids).await.unwrap(), 2);
    assert_eq!(broker.replay(&topic, "g", &ids).await.unwrap(), 0, "they are not dead any more");
    assert_eq!(depth(broker, &topic).await, (2, 0, 3));
    let gone = [all[4].id.clone()];
    assert_eq!(broker.discard(&topic, "g", &gone).await.unwrap(), 1);
    assert_eq!(broker.discard(&topic, "g", &gone).await.unwrap(), 0, "it is forgotten");
    assert_eq!(broker.replay(&topic, "g", &gone).await.unwrap(), 0, "and does not come back");
    assert_eq!(broker.discard(&topic, "g", &ids).await.unwrap(), 0, "what waits is not dead");
    assert_eq!(depth(broker, &topic).await, (2, 0, 2));
    for expected in ["0", "3"] {
        let delivery = next(broker, &topic, LONG).await;
        assert_eq!((delivery.attempt, body(&delivery).as_str()), (1, expected));
        broker.ack(&delivery).await.unwrap();
    }
}

/// `receive` returns with what is published while it waits, and empty when its time is over.
pub async fn a_waiting_consumer_is_woken(broker: Arc<dyn Broker>) {
    let topic = declared(&*broker, "wake").await;
    let begun = Instant::now();
    assert_eq!(broker.receive(&topic, "g", 1, LONG, Duration::ZERO).await.unwrap(), []);
    assert_eq!(broker.receive(&topic, "g", 1, LONG, GLANCE).await.unwrap(), []);
    assert!(begun.elapsed() >= GLANCE);
    let waiting = tokio::spawn({
        let (broker, topic) = (broker.clone(), topic.clone());
        async move { broker.receive(&topic, "g", 1, LONG, Duration::MAX).await.unwrap() }
    });
    broker.publish(&topic, numbered(1)).await.unwrap();
    let got = tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!(bodies(&got), ["0"]);
}

/// Messages taken for a caller that stopped waiting come again when the lease runs out at the latest.
pub async fn an_abandoned_call_loses_nothing(broker: &dyn Broker) {
    let topic = declared(broker, "abandoned").await;
    broker.publish(&topic, numbered(50)).await.unwrap();
    for step in 0..50 {
        let call = broker.receive(&topic, "g", 1, SHORT_LEASE, PATIENCE);
        // Cut the call off at many different moments.
        drop(tokio::time::timeout(Duration::from_micros(step * 20), call).await);
    }
    let mut seen = HashSet::new();
    wait_for(async || {
        for delivery in broker.receive(&topic, "g", 100, LONG, GLANCE).await.unwrap() {
            broker.ack(&delivery).await.unwrap();
            seen.insert(delivery.id);
        }
        seen.len() == 50
    })
    .await;
}

/// While a message is leased nobody else gets it.
pub async fn competing_consumers_share_without_doubles(broker: Arc<dyn Broker>) {
    let topic = declared(&*broker, "competing").await;
    broker.publish(&topic, numbered(200)).await.unwrap();
    let consumers = (0..6).map(|_| {
        let (broker, topic) = (broker.clone(), topic.clone());
        tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let got = broker.receive(&topic, "g", 7, LONG, GLANCE).await.unwrap();
                if got.is_empty() {
                    return held;
                }
                held.extend(got);
            }
        })
    });
    let mut ids = HashSet::new();
    for consumer in consumers.collect::<Vec<_>>() {
        for delivery in consumer.await.unwrap() {
            assert!(ids.insert(delivery.id.clone()), "message {} was leased twice", delivery.id);
        }
    }
    assert_eq!(ids.len(), 200);
}

/// 10,000 messages from 4 publishers through 8 consumers: each exactly once.
pub async fn many_messages_come_exactly_once_when_acknowledged_in_time(broker: Arc<dyn Broker>) {
    const MESSAGES: usize = 10_000;
    let topic = declared(&*broker, "many").await;
    let counts = Arc::new(Mutex::new(HashMap::new()));
    let publishers = (0..4).map(|publisher| {
        let (broker, topic) = (broker.clone(), topic.clone());
        tokio::spawn(async move {
            let messages: Vec<_> = (0..MESSAGES / 4).map(|n| text(format!("{publisher}-{n}"))).collect();
            for batch in messages.chunks(50) {
                broker.publish(&topic, batch.to_vec()).await.unwrap();
            }
        })
    });
    let consumers = (0..8).map(|_| {
        let (broker, topic, counts) = (broker.clone(), topic.clone(), counts.clone());
        tokio::spawn(async move {
            let begun = Instant::now();
            while counts.lock().unwrap().len() < MESSAGES && begun.elapsed() < PATIENCE * 4 {
                let got = broker.receive(&topic, "g", 50, LONG, GLANCE).await.unwrap();
                for body in bodies(&got) {
                    *counts.lock().unwrap().entry(body).or_insert(0) += 1;
                }
                let acks = got.iter().map(|delivery| broker.ack(delivery));
                for result in futures::future::join_all(acks).await {
                    result.unwrap();
                }
            }
        })
    });
    for task in publishers.chain(consumers).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(depth(&*broker, &topic).await, (0, 0, 0));
    let counts = counts.lock().unwrap();
    assert_eq!(counts.len(), MESSAGES);
    assert!(counts.values().all(|count| *count == 1));
}

/// `open` opens the same broker again and again, each time after the one before was dropped without ceremony.
pub async fn survives_a_restart<F: AsyncFn() -> Arc<dyn Broker>>(open: F) {
    let topic = topic("restart");
    let broker = open().await;
    broker.declare(&topic, "g").await.unwrap();
    broker.publish(&topic, numbered(5)).await.unwrap();
    let got = broker.receive(&topic, "g", 4, LONG, PATIENCE).await.unwrap();
    broker.ack(&got[0]).await.unwrap();
    broker.bury(&got[1], "no").await.unwrap();
    broker.retry(&got[2], LONG).await.unwrap();
    drop(broker);
    let broker = open().await;
    assert_eq!(depth(&*broker, &topic).await, (3, 0, 1));
    let again = broker.receive(&topic, "g", 10, LONG, PATIENCE).await.unwrap();
    assert_eq!(bodies(&again), ["3", "4"]);
    assert_eq!((again[0].attempt, again[1].attempt), (2, 1));
    assert_eq!(broker.ack(&got[3]).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(broker.dead(&topic, "g", None, 9).await.unwrap()[0].reason, "no");
    for delivery in &again {
        broker.ack(delivery).await.unwrap();
    }
    drop(broker);
    assert_eq!(depth(&*open().await, &topic).await, (1, 0, 1));
}

async fn wait_for(mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "it did not happen within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
