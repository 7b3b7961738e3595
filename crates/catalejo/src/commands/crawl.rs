//! `catalejo crawl`.

use serde_json::{Value, json};

use super::follow;
use crate::client::{Client, segment};
use crate::error::Failure;
use crate::output::{Output, cell};

/// Crawls one source or all of them; with `wait`, until what they found is ingested.
pub async fn run(client: &Client, output: Output, source: Option<String>, wait: bool) -> Result<(), Failure> {
    let names = match source {
        Some(name) => vec![name],
        None => {
            let sources = client.list("/v1/sources", usize::MAX).await?;
            sources.iter().filter_map(|source| source["name"].as_str().map(str::to_owned)).collect()
        }
    };
    if names.is_empty() {
        return Err(Failure::Failed("there are no sources; `catalejo sources add NAME URL` adds one".into()));
    }
    let mut crawls = Vec::new();
    for name in &names {
        let accepted = client.post(&format!("/v1/sources/{}/crawl", segment(name)), &json!({})).await?;
        let id = accepted["run_id"].as_str().unwrap_or_default().to_owned();
        crawls.push((name, id));
    }
    let mut answer = Vec::new();
    let mut failed = None;
    for (name, id) in crawls {
        let ingests = match wait {
            true => follow::with_children(client, &id, !output.json).await?,
            false => {
                follow::succeeded(&follow::to_end(client, &id, !output.json).await?)?;
                Vec::new()
            }
        };
        failed = failed.or_else(|| ingests.iter().find_map(|run| follow::succeeded(run).err()));
        let crawl = client.get(&format!("/v1/runs/{}", segment(&id))).await?;
        answer.push(json!({ "source": name, "crawl": crawl, "ingests": ingests }));
    }
    output.show(&answer.into(), |answer| {
        answer.as_array().into_iter().flatten().map(describe).collect::<Vec<_>>().join("\n")
    });
    failed.map_or(Ok(()), Err)
}

fn describe(entry: &Value) -> String {
    let counts = |run: &Value| {
        let counts = run["counts"].as_object().into_iter().flatten();
        counts.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    let mut lines = vec![format!("{}: {}", cell(entry.get("source")), counts(&entry["crawl"]))];
    for run in entry["ingests"].as_array().into_iter().flatten() {
        lines.push(format!("  {}: {} ({})", cell(run.get("subject")), counts(run), cell(run.get("state"))));
    }
    lines.join("\n")
}
