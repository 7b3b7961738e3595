//! Texts per second of a model folder, for short, long and mixed texts.
//!
//! The last column counts the processor's time alone, which a busy machine does not distort.
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
    println!("{:<16}{:>10}{:>12}{:>12}{:>16}", "case", "texts/s", "tokens/s", "ms a call", "tokens/CPU s");
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
    let (start, cpu, mut calls, mut tokens) = (Instant::now(), cpu_seconds(), 0, 0);
    while start.elapsed() < TIME {
        tokens += encoder.encode(texts, Lane::Interactive).await?.tokens;
        calls += 1;
    }
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let per_second = (calls * texts.len()) as f64 / seconds;
    let (speed, call) = (tokens as f64 / seconds, 1e3 * seconds / calls as f64);
    println!("{name:<16}{per_second:>10.1}{speed:>12.0}{call:>12.2}{:>16.0}", tokens as f64 / cpu);
    Ok(())
}

/// The processor's time of this process, in seconds; not a number where there is no `/proc`.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(f64::NAN);
    // user and system time, in hundredths
    (ticks(11) + ticks(12)) / 100.0
}
