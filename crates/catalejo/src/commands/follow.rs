//! Following a run to its end, with a progress bar where somebody watches.

use std::collections::HashSet;
use std::time::Duration;

use futures::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell, plain};
use crate::session::Session;

/// Follows a run to its end and answers it. `show` draws its progress on standard error.
pub async fn to_end(client: &Client, id: &str, show: bool) -> Result<Value, Failure> {
    let bar = if show { bar() } else { ProgressBar::hidden() };
    let path = format!("/v1/runs/{}", segment(id));
    let mut events = client.events(&format!("{path}/events")).await?;
    let mut last = Value::Null;
    while let Some(event) = events.try_next().await? {
        match event.name.as_str() {
            "update" => {
                draw(&bar, &event.data);
                last = event.data;
            }
            _ => {
                bar.println(format!("{}: {}", cell(event.data.get("level")), cell(event.data.get("message"))))
            }
        }
    }
    bar.finish_and_clear();
    match is_final(&last) {
        true => Ok(last),
        false => Err(Failure::Failed(format!(
            "the service went away while run {id} was going on; it will be taken up again"
        ))),
    }
}

/// A service of the command's own ends with the command: a run that it queued is first brought to its end, or left to
/// the next service, which is said. With a running service nobody waits.
pub async fn if_own(session: &Session, id: &str, output: Output) -> Result<(), Failure> {
    if !session.is_own() || id.is_empty() {
        return Ok(());
    }
    if session.client.get("/v1/encoder").await.is_err() {
        eprintln!("run {id} waits for an embedding model; the next `catalejo up` takes it up");
        return Ok(());
    }
    succeeded(&to_end(&session.client, id, !output.json).await?)
}

/// Follows a crawl and every file that it found; answers the ingests.
pub async fn with_children(client: &Client, crawl: &str, show: bool) -> Result<Vec<Value>, Failure> {
    succeeded(&to_end(client, crawl, show).await?)?;
    let mut seen = HashSet::new();
    let mut ended = Vec::new();
    loop {
        let children = client.list(&format!("/v1/runs?parent={}", segment(crawl)), usize::MAX).await?;
        let fresh: Vec<String> = children
            .iter()
            .filter_map(|run| run["id"].as_str().map(str::to_owned))
            .filter(|id| seen.insert(id.clone()))
            .collect();
        if fresh.is_empty() {
            return Ok(ended);
        }
        for id in fresh.iter().rev() {
            ended.push(to_end(client, id, show).await?);
        }
    }
}

/// An error unless the run succeeded.
pub fn succeeded(run: &Value) -> Result<(), Failure> {
    match run["state"].as_str() {
        Some("succeeded") => Ok(()),
        Some("failed") => {
            Err(Failure::Failed(format!("{} failed: {}", cell(run.get("subject")), cell(run.get("error")))))
        }
        _ => Err(Failure::Failed(format!("{} was {}", cell(run.get("subject")), cell(run.get("state"))))),
    }
}

fn is_final(run: &Value) -> bool {
    matches!(run["state"].as_str(), Some("succeeded" | "failed" | "cancelled"))
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn draw(bar: &ProgressBar, run: &Value) {
    let style = |template: &str| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    };
    if let Some(total) = run["total"].as_u64().filter(|total| *total > 0)
        && bar.length().is_none()
    {
        bar.set_style(style("{prefix} {wide_bar} {percent:>3}% {msg} {eta}"));
        bar.set_length(total);
    }
    bar.set_position(run["done"].as_u64().unwrap_or(0));
    bar.set_prefix(plain(run["subject"].as_str().unwrap_or_default()));
    let rows = run["counts"]["read"].as_u64().unwrap_or(0);
    let seconds = bar.elapsed().as_secs_f64();
    let rate = if seconds > 0.5 { format!(", {:.0} rows/s", rows as f64 / seconds) } else { String::new() };
    match run["state"].as_str() {
        Some("queued") => bar.set_message("waiting for a worker"),
        _ => bar.set_message(format!("{rows} rows{rate}")),
    }
}
