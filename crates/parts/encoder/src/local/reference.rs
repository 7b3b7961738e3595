//! Vectors equal to sentence-transformers', for each family and for the real MiniLM.
//!
//! The expected vectors are made by `tests/fixtures/make_fixtures.py`.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

const NEAR: f32 = 1e-5;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn texts() -> Vec<String> {
    serde_json::from_slice(&fs::read(fixtures().join("texts.json")).unwrap()).unwrap()
}

fn expected(name: &str) -> Vec<f32> {
    let bytes = fs::read(fixtures().join(format!("{name}.f32"))).unwrap();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn mini_lm() -> PathBuf {
    let folder = std::env::var_os("CATALEJO_TEST_MODEL").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.cache/models/all-MiniLM-L6-v2"),
        PathBuf::from,
    );
    assert!(
        folder.join("model.safetensors").exists(),
        "no model in {}: run `make test`, which fetches it, or name a folder in CATALEJO_TEST_MODEL",
        folder.display()
    );
    folder
}

/// With each of the sets of kernels: all texts in one call, and each alone.
async fn check(folder: &Path, name: &str, threads: usize, sets: &[&'static Kernels]) {
    let options = LocalOptions { threads, ..LocalOptions::default() };
    for kernels in sets {
        let encoder = LocalEncoder::with_kernels(folder, name, options, kernels).unwrap();
        check_encoder(&encoder, &format!("{name} on {}", kernels.name), &expected(name)).await;
    }
}

async fn check_encoder(encoder: &LocalEncoder, name: &str, expected: &[f32]) {
    let texts = texts();
    let dimensions = encoder.model().dimensions;
    assert_eq!(expected.len(), texts.len() * dimensions);
    let together = encoder.encode(&texts, Lane::Bulk).await.unwrap();
    compare(name, &together.data, expected, dimensions);
    for (index, text) in texts.iter().enumerate() {
        let alone = encoder.encode(std::slice::from_ref(text), Lane::Interactive).await.unwrap();
        compare(name, &alone.data, &expected[index * dimensions..][..dimensions], dimensions);
    }
}

fn compare(name: &str, got: &[f32], want: &[f32], dimensions: usize) {
    assert_eq!(got.len(), want.len());
    let far = got.iter().zip(want).map(|(a, b)| (a - b).abs()).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    let (at, far) = far.unwrap();
    if got.len() > dimensions {
        println!("{name}: largest difference {far:e}");
    }
    assert!(far <= NEAR, "{name}: text {} differs by {far}", at / dimensions);
}

#[tokio::test]
async fn bert_equals_the_reference() {
    check(&fixtures().join("bert"), "bert", 2, &Kernels::available()).await;
}

#[tokio::test]
async fn xlm_r_equals_the_reference() {
    check(&fixtures().join("xlm-r"), "xlm-r", 3, &Kernels::available()).await;
}

#[tokio::test]
async fn mpnet_equals_the_reference() {
    check(&fixtures().join("mpnet"), "mpnet", 4, &Kernels::available()).await;
}

/// On the fastest kernels alone: the small models have shown that the sets agree.
#[tokio::test]
async fn the_real_mini_lm_equals_the_reference() {
    check(&mini_lm(), "all-MiniLM-L6-v2", 2, &[Kernels::best()]).await;
}
