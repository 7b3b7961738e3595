//! `catalejo ingest FILE…`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::follow;
use crate::client::{Client, ClientError, segment};
use crate::error::Failure;
use crate::output::Output;

/// The counts of a summary, in the order shown.
const COUNTS: [&str; 5] = ["read", "new", "changed", "unchanged", "refused"];

/// How to read the files.
pub struct Options<'a> {
    /// `csv`, `jsonl` or `parquet`; by each file's name when absent.
    pub format: Option<&'a str>,
    /// The column in which rows bring their own vectors, where it is not the definition's.
    pub vector_field: Option<&'a str>,
}

/// Sends the files one after the other, follows each run to its end and sums up.
pub async fn run(
    client: &Client,
    output: Output,
    files: &[PathBuf],
    collection: &str,
    options: &Options<'_>,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut runs = Vec::new();
    for file in files {
        let accepted = send(client, output, file, collection, options).await?;
        let id = accepted["run_id"].as_str().unwrap_or_default().to_owned();
        runs.push(follow::to_end(client, &id, !output.json).await?);
    }
    let seconds = (started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    let total = |name: &str| runs.iter().map(|run| run["counts"][name].as_u64().unwrap_or(0)).sum::<u64>();
    let mut summary = json!({ "files": files.len(), "seconds": seconds, "runs": runs });
    for name in COUNTS {
        summary[name] = total(name).into();
    }
    output.show(&summary, |_| human(&total, files.len(), seconds));
    let refused = runs.iter().find(|run| run["counts"]["refused"].as_u64().is_some_and(|n| n > 0));
    if let Some(run) = refused.filter(|_| !output.json) {
        let id = run["id"].as_str().unwrap_or_default();
        eprintln!("`catalejo rejections {collection} --run {id}` lists the refused rows");
    }
    runs.iter().try_for_each(follow::succeeded)
}

async fn send(
    client: &Client,
    output: Output,
    file: &Path,
    collection: &str,
    options: &Options<'_>,
) -> Result<Value, Failure> {
    let size = std::fs::metadata(file)
        .map_err(|cause| ClientError::File { path: file.display().to_string(), cause })?
        .len();
    let bar = if output.json { ProgressBar::hidden() } else { ProgressBar::new(size) };
    if let Ok(style) = ProgressStyle::with_template("sending {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    let named = [("format", options.format), ("vector_field", options.vector_field)];
    let named = named.iter().filter_map(|(name, value)| Some(format!("{name}={}", segment((*value)?))));
    let query = named.collect::<Vec<_>>().join("&");
    let path = format!("/v1/collections/{}/imports?{query}", segment(collection));
    let sent = bar.clone();
    let accepted = client.upload(&path, file, move |bytes| sent.inc(bytes)).await?;
    bar.finish_and_clear();
    Ok(accepted)
}

fn human(total: &dyn Fn(&str) -> u64, files: usize, seconds: f64) -> String {
    let counts = COUNTS.map(|name| format!("{} {name}", total(name))).join(", ");
    let rate = total("read") as f64 / seconds.max(1e-3);
    let files = if files == 1 { String::new() } else { format!("{files} files: ") };
    format!("{files}{counts} in {seconds:.1} s ({rate:.0} rows/s)")
}
