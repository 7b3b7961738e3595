//! Texts per second of a model folder, for short, long and mixed texts.
//!
//! `cargo run --release -p catalejo-encoder --example throughput -- MODEL_DIR [THREADS]`

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use catalejo_encoder::{Encoder, Lane, LocalEncoder, LocalOptions};

/// Each case runs for about this long, after one call to warm up.
const TIME: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: throughput MODEL_DIR [THREADS]")?;
    let mut options = LocalOptions { queue_tokens: 1 << 20, ..LocalOptions::default() };
    if let Some(threads) = arguments.next() {
        options.threads = threads.parse()?;
    }
    let start = Instant::now();
    let encoder = LocalEncoder::open(Path::new(&folder), "measured", options)?;
    println!("{} threads, loaded in {:.0?}", options.threads, start.elapsed());
    println!("{:<24}{:>10}{:>12}{:>14}", "case", "texts/s", "tokens/s", "ms a call");
    for (name, texts) in [
        ("short, one", vec![words(6)]),
        ("short, 128", vec![words(6); 128]),
        ("long, one", vec![words(254)]),
        ("long, 32", vec![words(254); 32]),
        ("mixed, 128", (0..128).map(|i| words(3 + i * i % 251)).collect()),
    ] {
        measure(&encoder, name, &texts).await?;
    }
    Ok(())
}

/// A text of `count` tokens, the special ones not counted.
fn words(count: usize) -> String {
    vec!["song"; count].join(" ")
}

async fn measure(encoder: &LocalEncoder, name: &str, texts: &[String]) -> Result<(), Box<dyn Error>> {
    encoder.encode(texts, Lane::Interactive).await?;
    let (start, mut calls, mut tokens) = (Instant::now(), 0, 0);
    while start.elapsed() < TIME {
        tokens += encoder.encode(texts, Lane::Interactive).await?.tokens;
        calls += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    let per_second = (calls * texts.len()) as f64 / seconds;
    let call = 1e3 * seconds / calls as f64;
    println!("{name:<24}{per_second:>10.1}{:>12.0}{call:>14.2}", tokens as f64 / seconds);
    Ok(())
}
