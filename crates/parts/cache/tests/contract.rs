#![allow(clippy::unwrap_used, clippy::panic)]
//! The contract suite on every backend and decorator, and what each adds to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use catalejo_cache::{Cache, Forgiving, MemoryCache, Metered, open, suite};
use catalejo_port::{ErrorKind, PortError, PortResult};

async fn memory() -> Arc<dyn Cache> {
    open(&"memory:?max_mb=8".parse().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contract() {
    suite::all(memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metered_keeps_the_contract() {
    suite::all(async || Arc::new(Metered::new(memory().await)) as Arc<dyn Cache>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgiving_keeps_the_contract() {
    let limit = Some(Duration::from_secs(5));
    suite::all(async || Arc::new(Forgiving::new(memory().await, limit)) as Arc<dyn Cache>).await;
}

#[tokio::test]
async fn memory_stays_within_its_bound() {
    let cache = Arc::new(MemoryCache::new(1 << 20));
    let writers = (0..4).map(|writer| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for n in 0..500 {
                let value = vec![0; 10_000].into();
                cache.set(&format!("{writer}-{n}"), value, Duration::from_secs(600)).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let bytes = cache.bytes().await;
    assert!(bytes <= 1 << 20 && bytes > 1 << 19, "20 MB were set, {bytes} bytes are kept");
    cache.set("huge", vec![0; 2 << 20].into(), Duration::from_secs(600)).await.unwrap();
    assert!(cache.bytes().await <= 1 << 20);
    assert_eq!(cache.get("huge").await.unwrap(), None);
}

#[tokio::test]
async fn none_keeps_nothing() {
    let cache = open(&"none:".parse().unwrap()).await.unwrap();
    cache.set("a", Bytes::from_static(b"x"), Duration::from_secs(600)).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.remove("a").await.unwrap();
    cache.ping().await.unwrap();
}

#[tokio::test]
async fn wrong_urls_say_what_is_wrong() {
    for (url, kind, message) in [
        (
            "memory:?max_gb=1",
            ErrorKind::Invalid,
            "cache: `memory:` has no option `max_gb`; known are `max_mb`",
        ),
        (
            "memory:?max_mb=x",
            ErrorKind::Invalid,
            "option `max_mb` of the `memory:` URL must be a whole number of 0 or more, within its range",
        ),
        ("none:?x=1", ErrorKind::Invalid, "cache: `none:` has no option `x`; it has no options"),
        (
            "redis://u:pw@h",
            ErrorKind::Unsupported,
            "cache: compiled without the `redis` feature, which `redis:` needs",
        ),
        ("ram:", ErrorKind::Invalid, "cache: unknown scheme `ram:`; known are `memory`, `none`"),
    ] {
        let error = open(&url.parse().unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
    }
}

/// A cache whose server is gone, or never answers.
#[derive(Debug)]
struct Broken {
    hangs: bool,
}

impl Broken {
    async fn fail<T>(&self) -> PortResult<T> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Err(PortError::unreachable("nobody answers"))
    }
}

#[async_trait]
impl Cache for Broken {
    async fn get(&self, _key: &str) -> PortResult<Option<Bytes>> {
        self.fail().await
    }

    async fn set(&self, _key: &str, _value: Bytes, _ttl: Duration) -> PortResult<()> {
        self.fail().await
    }

    async fn remove(&self, _key: &str) -> PortResult<()> {
        self.fail().await
    }

    async fn ping(&self) -> PortResult<()> {
        Err(PortError::unreachable("nobody answers"))
    }
}

#[tokio::test]
async fn a_broken_cache_is_forgiven_in_time() {
    for hangs in [false, true] {
        let cache = Forgiving::new(Arc::new(Broken { hangs }), Some(Duration::from_millis(20)));
        let begun = Instant::now();
        assert_eq!(cache.get("a").await.unwrap(), None);
        cache.set("a", Bytes::from_static(b"x"), Duration::from_secs(1)).await.unwrap();
        cache.remove("a").await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert_eq!(cache.ping().await.unwrap_err().kind(), ErrorKind::Unreachable);
    }
}
