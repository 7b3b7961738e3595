//! Encodes every text of a file and does nothing else: what an ingest is measured against.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use catalejo_encoder::{Encoder, Lane, LocalEncoder, LocalOptions};
use clap::Parser;
use serde_json::json;

/// Prints texts, tokens and seconds as one line of JSON; reading the model is not counted.
#[derive(Debug, Parser)]
struct Arguments {
    /// A sentence-transformers model folder.
    model: PathBuf,
    /// A file with one JSON string a line.
    texts: PathBuf,
    /// Texts a call.
    #[arg(long, default_value_t = 1024)]
    batch: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("encode: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let texts: Vec<String> = std::fs::read_to_string(&arguments.texts)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let encoder = LocalEncoder::open(&arguments.model, "bench", LocalOptions::default())?;
    let start = Instant::now();
    let mut tokens = 0;
    for batch in texts.chunks(arguments.batch.max(1)) {
        tokens += encoder.encode(batch, Lane::Bulk).await?.tokens;
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "texts": texts.len(), "tokens": tokens, "seconds": seconds }).to_string())
}
