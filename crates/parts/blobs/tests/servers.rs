//! The contract suite on a real S3 server, named by `CATALEJO_TEST_S3`; `make test-servers` starts one.
#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path as FilePath;
use std::sync::atomic::{AtomicU32, Ordering};

use catalejo_blobs::{Blobs, suite};
use catalejo_port::{BackendUrl, ErrorKind};

/// The server's URL with `prefix` below its own.
fn url(prefix: &str) -> BackendUrl {
    let url =
        std::env::var("CATALEJO_TEST_S3").expect("CATALEJO_TEST_S3 names a server; run `make test-servers`");
    let (place, options) = url.split_once('?').unwrap();
    format!("{place}/{prefix}?{options}").parse().unwrap()
}

async fn open(prefix: &str) -> Blobs {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Blobs::open(&url(prefix), FilePath::new("unused")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract() {
    let next = AtomicU32::new(0);
    suite::all(async || open(&format!("suite-{}", next.fetch_add(1, Ordering::Relaxed))).await).await;
}

#[tokio::test]
async fn a_server_that_answers_is_known() {
    open("ping").await.ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let right = std::env::var("CATALEJO_TEST_S3").unwrap();
    let (credentials, place) = right.split_once('@').unwrap();
    let (key, _) = credentials.rsplit_once(':').unwrap();
    let wrong = format!("{key}:wrong@{place}");
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let blobs = Blobs::open(&wrong.parse().unwrap(), FilePath::new("unused")).await.unwrap();
    assert_eq!(blobs.ping().await.unwrap_err().kind(), ErrorKind::Unauthorized);
}
