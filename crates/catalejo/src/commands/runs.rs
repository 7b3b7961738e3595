//! `catalejo runs`.

use std::fmt::Write;

use serde_json::{Value, json};

use super::follow;
use crate::cli::Runs;
use crate::client::segment;
use crate::error::Failure;
use crate::output::{Output, cell};
use crate::session::Session;

/// Lists, shows, follows, stops or repeats runs.
pub async fn run(session: &Session, output: Output, command: Runs) -> Result<(), Failure> {
    let client = &session.client;
    match command {
        Runs::List { state, limit } => {
            let filter = state.map(|state| format!("?state={}", segment(&state))).unwrap_or_default();
            let items = client.list(&format!("/v1/runs{filter}"), limit).await?;
            let columns = [
                ("ID", "/id"),
                ("KIND", "/kind"),
                ("STATE", "/state"),
                ("SUBJECT", "/subject"),
                ("COUNTS", "/counts"),
                ("CREATED", "/created_at"),
            ];
            output.table(&items, &columns, "no runs yet");
        }
        Runs::Show { id } => {
            let mut run = client.get(&path(&id)).await?;
            run["log"] = client.list(&format!("{}/log", path(&id)), 1000).await?.into();
            output.show(&run, describe);
        }
        Runs::Follow { id } => {
            let run = follow::to_end(client, &id, !output.json).await?;
            output.show(&run, describe);
            follow::succeeded(&run)?;
        }
        Runs::Cancel { id } => {
            let run = client.post(&format!("{}/cancel", path(&id)), &json!({})).await?;
            output.show(&run, |run| {
                format!("{id} is {}", if run["state"] == "cancelled" { "cancelled" } else { "stopping" })
            });
        }
        Runs::Retry { id } => {
            let run = client.post(&format!("{}/retry", path(&id)), &json!({})).await?;
            follow::if_own(session, &id, output).await?;
            output.show(&run, |_| match session.is_own() {
                true => format!("{id} was done again; `catalejo runs show {id}` tells how it fared"),
                false => format!("{id} is queued again; `catalejo runs follow {id}` shows it"),
            });
        }
    }
    Ok(())
}

fn path(id: &str) -> String {
    format!("/v1/runs/{}", segment(id))
}

fn describe(run: &Value) -> String {
    let mut text = String::new();
    let keys = [
        "id",
        "kind",
        "subject",
        "collection",
        "state",
        "error",
        "attempts",
        "done",
        "total",
        "created_at",
        "started_at",
        "finished_at",
        "parent",
    ];
    for key in keys {
        if !run[key].is_null() {
            let _ = writeln!(text, "{key:<12} {}", cell(run.get(key)));
        }
    }
    for (name, count) in run["counts"].as_object().into_iter().flatten() {
        let _ = writeln!(text, "{name:<12} {count}");
    }
    for line in run["log"].as_array().into_iter().flatten() {
        let part = |name: &str| cell(line.get(name));
        let _ = writeln!(text, "{} {:<5} {}", part("at"), part("level"), part("message"));
    }
    text
}
