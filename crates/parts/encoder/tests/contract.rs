//! The contract's suite on every backend and decorator.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalejo_encoder::suite::{Setup, contract};
use catalejo_encoder::{Encoder, LocalEncoder, LocalOptions, Metered, open};
use catalejo_port::BackendUrl;
use support::{fixture, mini_lm, serve};

fn local(folder: PathBuf, setup: Setup) -> LocalEncoder {
    let options = LocalOptions { threads: setup.threads, queue_tokens: setup.queue_tokens };
    LocalEncoder::open(&folder, "test", options).unwrap()
}

async fn check_local(folder: PathBuf) {
    contract(|setup| std::future::ready(Arc::new(local(folder.clone(), setup)) as Arc<dyn Encoder>)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_bert() {
    check_local(fixture("bert")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_xlm_r() {
    check_local(fixture("xlm-r")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_mpnet() {
    check_local(fixture("mpnet")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_mini_lm() {
    check_local(mini_lm()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metered() {
    contract(
        |setup| async move { Arc::new(Metered::new(local(fixture("bert"), setup))) as Arc<dyn Encoder> },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http() {
    contract(|setup| async move {
        let server = serve(Arc::new(local(fixture("bert"), setup))).await;
        let url = BackendUrl::parse(&format!("{server}/prefix")).unwrap();
        open(&url, Path::new("unused")).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_by_url() {
    contract(|setup| async move {
        let models = fixture("bert").parent().unwrap().to_owned();
        let options = format!("threads={}&queue_tokens={}", setup.threads, setup.queue_tokens);
        open(&BackendUrl::parse(&format!("local:bert?{options}")).unwrap(), &models).await.unwrap()
    })
    .await;
}
