//! `catalejo dead-letters`.

use serde_json::{Value, json};

use super::follow;
use crate::cli::DeadLetters;
use crate::client::segment;
use crate::error::Failure;
use crate::output::Output;
use crate::session::Session;

/// Lists files that were given up, gives them another chance, or forgets them.
pub async fn run(session: &Session, output: Output, command: DeadLetters) -> Result<(), Failure> {
    let client = &session.client;
    match command {
        DeadLetters::List => {
            let items = client.list("/v1/dead-letters", usize::MAX).await?;
            let columns = [
                ("ID", "/id"),
                ("FILE", "/path"),
                ("COLLECTION", "/collection"),
                ("ATTEMPTS", "/attempts"),
                ("BURIED", "/buried_at"),
                ("REASON", "/reason"),
            ];
            output.table(&items, &columns, "no file was given up");
        }
        DeadLetters::Replay { id } => {
            let letter = client.post(&format!("{}/replay", path(&id)), &json!({})).await?;
            let run = letter["run"].as_str().unwrap_or_default();
            follow::if_own(session, run, output).await?;
            output.show(&letter, |_| format!("`catalejo runs show {run}` tells how it fares"));
        }
        DeadLetters::Forget { id } => {
            client.delete(&path(&id)).await?;
            output.show(&json!({ "forgotten": id }), |_: &Value| format!("{id} is forgotten"));
        }
    }
    Ok(())
}

fn path(id: &str) -> String {
    format!("/v1/dead-letters/{}", segment(id))
}
