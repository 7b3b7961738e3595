//! `catalejo up` and `catalejo serve`: the service itself, until it is told to end.

use std::path::Path;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{follow, sources};
use crate::client::Client;
use crate::config::Config;
use crate::error::Failure;
use crate::output::print;
use crate::owner::{self, Opened};
use crate::roles::Roles;
use crate::server::Bind;
use crate::service::Service;

const QUESTION: &str = "a song about leaving home and missing the sea";

/// Runs the roles until a signal, or until they cannot go on.
pub async fn run(
    config: &Config,
    roles: Roles,
    demo: Option<&Path>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    roles.check(config)?;
    let owner = if roles.keep_data() { Some(own(config)?) } else { None };
    let service = Service::start(config, roles, owner, Bind::Configured, shutdown.clone()).await?;
    print(&format!("Catalejo answers at {}", service.url));
    let shown = shutdown.run_until_cancelled(greet(&service, config, roles, demo)).await;
    if let Some(Err(failure)) = shown {
        service.stop().await;
        return Err(failure);
    }
    shutdown.cancelled().await;
    service.stop().await;
    Ok(())
}

fn own(config: &Config) -> Result<owner::Owner, Failure> {
    match owner::open(&config.data)? {
        Opened::Free(owner) => Ok(owner),
        Opened::Owned(card) => Err(Failure::Failed(format!(
            "the data folder {} is in use by process {}, which answers at {}; end it, or name another folder with --data",
            config.data.display(),
            card.pid,
            card.address
        ))),
    }
}

async fn greet(service: &Service, config: &Config, roles: Roles, demo: Option<&Path>) -> Result<(), Failure> {
    if let Some(folder) = demo {
        ingest_demo(&service.client(), folder).await?;
        people_of_demo(service, folder).await?;
    }
    if roles.api {
        print("Open it in a browser, or ask:");
        print(&format!(
            "  curl -s {}/ask -H 'content-type: application/json' -d '{{\"question\": \"{QUESTION}\"}}'",
            service.url
        ));
        print(&format!("  catalejo search \"{QUESTION}\""));
        // whoever configured a key governs already
        if config.admin_key.is_none()
            && let Some(link) = service.setup_link().await?
        {
            print("It has no administrator yet. This link makes the first one, once:");
            print(&format!("  {link}"));
        }
    }
    Ok(())
}

/// The people of the demo, if their file lies beside the folder.
async fn people_of_demo(service: &Service, folder: &Path) -> Result<(), Failure> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    let file = folder.with_file_name("people.toml");
    let Ok(text) = std::fs::read_to_string(file) else { return Ok(()) };
    let people = service.seed_demo(&text).await?;
    if people > 0 {
        print(&format!("{people} demo people moved in; `catalejo users remove-demo` removes them"));
    }
    Ok(())
}

/// The demo goes the way of every source: crawled, queued, ingested.
async fn ingest_demo(client: &Client, folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Err(Failure::Failed(format!("--demo {}: there is no such folder", folder.display())));
    }
    let url = sources::absolute(&format!("file:{}", folder.display()));
    let source = json!({ "url": url, "collection": "songs", "pattern": "**/*.csv" });
    client.put("/v1/sources/demo", "application/json", source.to_string()).await?;
    let accepted = client.post("/v1/sources/demo/crawl", &json!({})).await?;
    print(&format!("Reading the demo catalogue in {}", folder.display()));
    follow::to_end(client, accepted["run_id"].as_str().unwrap_or_default(), true).await?;
    // the schedule may have crawled first, so that not every file is this crawl's
    for state in ["running", "queued"] {
        for run in
            client.list(&format!("/v1/runs?kind=ingest&collection=songs&state={state}"), usize::MAX).await?
        {
            let ended = follow::to_end(client, run["id"].as_str().unwrap_or_default(), true).await?;
            if let Err(failure) = follow::succeeded(&ended) {
                eprintln!("catalejo: {failure}");
            }
        }
    }
    let songs = client.get("/v1/collections/songs").await?;
    print(&format!("The catalogue holds {} songs", songs["items"]));
    Ok(())
}
