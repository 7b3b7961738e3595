//! `catalejo backup`, `backup verify` and `restore`.

use std::path::Path;

use serde_json::{Value, json};

use crate::backup::{self, Manifest};
use crate::client::Client;
use crate::config::Config;
use crate::error::Failure;
use crate::output::Output;
use crate::owner::{self, Opened};

/// Asks the service for a copy of everything.
pub async fn create(client: &Client, output: Output, folder: &Path) -> Result<(), Failure> {
    let folder = std::path::absolute(folder).map_err(|error| Failure::Failed(error.to_string()))?;
    let manifest = client.post("/v1/backups", &json!({ "folder": folder })).await?;
    output.show(&manifest, |manifest| {
        let summary =
            serde_json::from_value(manifest.clone()).map(|manifest| sum(&manifest)).unwrap_or_default();
        format!("{}: {summary}\n`catalejo backup verify {0}` proves it", folder.display())
    });
    Ok(())
}

/// Proves that a backup is whole.
pub async fn verify(output: Output, folder: &Path) -> Result<(), Failure> {
    let (manifest, damages) =
        backup::verify(folder).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let answer = json!({ "ok": damages.is_empty(), "damages": damages, "created_at": manifest.created_at });
    output.show(&answer, |_| match damages.as_slice() {
        [] => format!("✓ {}: {}", folder.display(), sum(&manifest)),
        damages => damages.iter().map(|damage| format!("✗ {}: {}\n", damage.place, damage.reason)).collect(),
    });
    if damages.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

/// Puts a backup back.
pub async fn restore(config: &Config, output: Output, folder: &Path, force: bool) -> Result<(), Failure> {
    let owner = match owner::open(&config.data)? {
        Opened::Free(owner) => owner,
        Opened::Owned(card) => {
            return Err(Failure::Failed(format!(
                "a service is running on this data folder (process {}); stop it first",
                card.pid
            )));
        }
    };
    let restored = backup::restore(folder, owner.folder(), force).await;
    let manifest = restored.map_err(|error| Failure::Failed(error.to_string()))?;
    let answer = serde_json::to_value(&manifest).unwrap_or(Value::Null);
    output.show(&answer, |_| format!("{} now holds {}", config.data.display(), sum(&manifest)));
    Ok(())
}

fn sum(manifest: &Manifest) -> String {
    let rows: u64 = manifest.store.tables.iter().map(|table| table.rows).sum();
    format!(
        "{} items in {} indexes, {rows} rows in the store, {} uploads, {} files of {:.1} MB, made {}",
        manifest.items(),
        manifest.indexes.len(),
        manifest.blobs.objects,
        manifest.files.len(),
        manifest.bytes() as f64 / 1e6,
        manifest.created_at.format("%Y-%m-%d %H:%M:%S UTC"),
    )
}
