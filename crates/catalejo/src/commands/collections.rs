//! `catalejo collections`.

use std::fmt::Write;
use std::io::{BufRead, IsTerminal};

use serde_json::{Value, json};

use super::follow;
use crate::cli::Collections;
use crate::client::{ClientError, segment};
use crate::error::Failure;
use crate::output::{Output, cell, plain};
use crate::session::Session;

/// Lists, shows, adds or removes collections.
pub async fn run(session: &Session, output: Output, command: Collections) -> Result<(), Failure> {
    let client = &session.client;
    match command {
        Collections::List => {
            let items = client.list("/v1/collections", usize::MAX).await?;
            let columns =
                [("NAME", "/name"), ("ITEMS", "/items"), ("VERSION", "/version"), ("ABOUT", "/description")];
            output.table(&items, &columns, "no collections yet; `catalejo collections add FILE` adds one");
        }
        Collections::Show { name } => {
            let collection = client.get(&path(&name)).await?;
            output.show(&collection, describe);
        }
        Collections::Add { file } => {
            let text = std::fs::read_to_string(&file)
                .map_err(|cause| ClientError::File { path: file.display().to_string(), cause })?;
            let name = toml::from_str::<toml::Table>(&text)
                .map_err(|error| {
                    Failure::Failed(format!("{}: {}", file.display(), error.to_string().trim_end()))
                })?
                .get("name")
                .and_then(|name| name.as_str().map(str::to_owned))
                .ok_or_else(|| Failure::Failed(format!("{}: the key `name` is missing", file.display())))?;
            let collection = client.put(&path(&name), "application/toml", text).await?;
            let run = collection["run_id"].as_str().unwrap_or_default();
            follow::if_own(session, run, output).await?;
            output.show(&collection, |_| match run {
                run if run.is_empty() || session.is_own() => format!("{name} is defined"),
                run => format!(
                    "{name} is defined; `catalejo runs follow {run}` shows how its items are indexed anew"
                ),
            });
        }
        Collections::Remove { name, yes } => {
            let collection = client.get(&path(&name)).await?;
            if !yes && !confirmed(&name, &collection["items"])? {
                return Err(Failure::Failed("nothing was removed".into()));
            }
            client.delete(&path(&name)).await?;
            output.show(&json!({ "removed": name }), |_| format!("{name} is removed"));
        }
    }
    Ok(())
}

fn path(name: &str) -> String {
    format!("/v1/collections/{}", segment(name))
}

fn confirmed(name: &str, items: &Value) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "removing a collection removes its items; say --yes where nobody can be asked".into(),
        ));
    }
    eprint!("Remove {name} and its {items} items? Type its name: ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(answer.trim() == name)
}

fn describe(collection: &Value) -> String {
    let mut text = String::new();
    for key in ["name", "description", "items", "version", "state", "generation"] {
        if !collection[key].is_null() {
            let _ = writeln!(text, "{key:<12} {}", cell(collection.get(key)));
        }
    }
    let definition = &collection["definition"];
    let _ = writeln!(text, "{:<12} {}", "model", cell(collection.pointer("/model/name")));
    let _ = writeln!(text, "{:<12} {}", "id", cell(definition.get("id")));
    let _ = writeln!(text, "{:<12} {}", "title", cell(definition.get("title")));
    let _ = writeln!(text, "{:<12} {}", "embeds", cell(definition.pointer("/embed/text")));
    let _ = writeln!(text, "fields");
    for (name, field) in definition["fields"].as_object().into_iter().flatten() {
        let flags = ["searchable", "filterable", "facetable", "required"]
            .into_iter()
            .filter(|flag| field[*flag] == true);
        let flags = flags.collect::<Vec<_>>().join(", ");
        let default = match &field["default"] {
            Value::Null => String::new(),
            value => format!("; default {value}"),
        };
        let _ = writeln!(text, "  {:<18} {:<9} {flags}{default}", plain(name), cell(field.get("type")));
    }
    text
}
