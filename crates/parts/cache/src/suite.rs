//! The cache's contract as tests over the port. Every function takes a fresh, empty cache that keeps entries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::Cache;

const LONG: Duration = Duration::from_secs(600);
/// How long the suite waits for an entry to vanish before it calls that a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the whole suite, each part on a cache of its own.
pub async fn all<F: AsyncFn() -> Arc<dyn Cache>>(open: F) {
    keeps_replaces_and_removes(&*open().await).await;
    takes_any_key_and_value(&*open().await).await;
    forgets_after_the_life_time(&*open().await).await;
    a_new_set_starts_a_new_life(&*open().await).await;
    concurrent_sets_leave_one_whole_value(open().await).await;
    open().await.ping().await.unwrap();
}

/// A value is answered until it is replaced or removed; a missing key is no error.
pub async fn keeps_replaces_and_removes(cache: &dyn Cache) {
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.remove("a").await.unwrap();
    cache.set("a", Bytes::from_static(b"one"), LONG).await.unwrap();
    cache.set("b", Bytes::from_static(b"other"), LONG).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().unwrap(), "one");
    cache.set("a", Bytes::from_static(b"two"), LONG).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().unwrap(), "two");
    cache.remove("a").await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
    assert_eq!(cache.get("b").await.unwrap().unwrap(), "other");
}

/// Keys of any length and script, blanks and line ends included, do not collide; values are any bytes, none too.
pub async fn takes_any_key_and_value(cache: &dyn Cache) {
    let long = "длинный ключ ".repeat(1000);
    let keys = [
        "",
        " ",
        "a b",
        "ab",
        "a\nb",
        "a\0b",
        "¿qué canción?",
        "曲を探す 🎵",
        &long,
        &long[..long.len() - 1],
    ];
    let all_bytes: Vec<u8> = (0..=255).collect();
    for (index, key) in keys.iter().enumerate() {
        let value = all_bytes.repeat(index);
        cache.set(key, value.into(), LONG).await.unwrap();
    }
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(cache.get(key).await.unwrap().unwrap(), all_bytes.repeat(index), "key {index}");
    }
}

/// After `ttl` an entry is gone; its neighbours stay. No time to live means no entry.
pub async fn forgets_after_the_life_time(cache: &dyn Cache) {
    cache.set("long", Bytes::from_static(b"x"), LONG).await.unwrap();
    // Servers count in seconds, so this is the shortest life that all of them know.
    let ttl = Duration::from_secs(1);
    let set_at = Instant::now();
    cache.set("short", Bytes::from_static(b"x"), ttl).await.unwrap();
    wait_until_gone(cache, "short").await;
    // A server that counts in whole seconds may be late by one of them.
    assert!(set_at.elapsed() < ttl + Duration::from_secs(2), "it lived for {:?}", set_at.elapsed());
    assert_eq!(cache.get("long").await.unwrap().unwrap(), "x");
    cache.set("long", Bytes::from_static(b"y"), Duration::ZERO).await.unwrap();
    assert_eq!(cache.get("long").await.unwrap(), None);
}

/// `set` replaces the life time too, longer and shorter.
pub async fn a_new_set_starts_a_new_life(cache: &dyn Cache) {
    let short = Duration::from_secs(1);
    cache.set("longer", Bytes::from_static(b"1"), short).await.unwrap();
    cache.set("longer", Bytes::from_static(b"2"), LONG).await.unwrap();
    cache.set("shorter", Bytes::from_static(b"1"), LONG).await.unwrap();
    cache.set("shorter", Bytes::from_static(b"2"), short).await.unwrap();
    wait_until_gone(cache, "shorter").await;
    assert_eq!(cache.get("longer").await.unwrap().unwrap(), "2");
}

/// Many writers of one key leave one of their values, whole.
pub async fn concurrent_sets_leave_one_whole_value(cache: Arc<dyn Cache>) {
    let writers = (0..32_u8).map(|n| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                cache.set("k", vec![n; 1000].into(), LONG).await.unwrap();
                let value = cache.get("k").await.unwrap().unwrap();
                assert!(value.len() == 1000 && value.iter().all(|byte| *byte == value[0]));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn wait_until_gone(cache: &dyn Cache, key: &str) {
    let begun = Instant::now();
    while cache.get(key).await.unwrap().is_some() {
        assert!(begun.elapsed() < PATIENCE, "`{key}` outlives its life time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
