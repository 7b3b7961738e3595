use std::path::Path;

use catalejo_broker::Embedded;
use catalejo_port::{PortError, PortResult};
use catalejo_store::Store;
use serde::Serialize;

use super::create::{blocking, count_items, failed, open_blobs};
use super::manifest::Manifest;
use super::{BLOBS, BROKER, INDEX, MANIFEST, STORE, files};

/// One thing that is wrong with a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The part, or the file, at fault.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Damage {
    fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

/// Compares every file with the manifest, then restores a copy aside, opens each part in it and compares what it holds.
/// No damage, a good backup.
pub async fn verify(folder: &Path) -> PortResult<(Manifest, Vec<Damage>)> {
    let manifest = Manifest::read(folder)?;
    let mut damages = compare_files(folder, &manifest).await?;
    if damages.is_empty() {
        damages = compare_parts(folder, &manifest).await?;
    }
    Ok((manifest, damages))
}

/// Compares every file with the manifest.
pub(super) async fn compare_files(folder: &Path, manifest: &Manifest) -> PortResult<Vec<Damage>> {
    let root = folder.to_owned();
    let found = blocking(folder, move || files::hash_all(&root, MANIFEST)).await?;
    let mut damages = Vec::new();
    for (name, expected) in &manifest.files {
        match found.get(name) {
            None => damages.push(Damage::new(name, "the file is missing")),
            Some(file) if file.bytes != expected.bytes => {
                damages
                    .push(Damage::new(name, format!("{} bytes instead of {}", file.bytes, expected.bytes)));
            }
            Some(file) if file != expected => {
                damages.push(Damage::new(name, "its content has changed (BLAKE3 differs)"))
            }
            Some(_) => {}
        }
    }
    let strangers = found.keys().filter(|name| !manifest.files.contains_key(*name));
    damages.extend(strangers.map(|name| Damage::new(name, "the file does not belong to the backup")));
    Ok(damages)
}

async fn compare_parts(folder: &Path, manifest: &Manifest) -> PortResult<Vec<Damage>> {
    let aside = tempfile::Builder::new().prefix("catalejo-verify-").tempdir().map_err(failed(folder))?;
    let (from, to) = (folder.to_owned(), aside.path().to_owned());
    blocking(folder, move || files::copy_missing(&from, &to)).await?;
    let place = |part: &str| aside.path().join(part);
    let mut damages = Vec::new();
    let mut compare = |part: &str, same: PortResult<bool>| match same {
        Ok(true) => {}
        Ok(false) => damages.push(Damage::new(part, "it holds something else than when it was copied")),
        Err(error) => damages.push(Damage::new(part, error.to_string())),
    };
    compare("store", Store::verify(&place(STORE)).await.map(|found| found == manifest.store));
    compare("broker", Embedded::verify(&place(BROKER)).await.map(|found| found == manifest.broker));
    compare("index", count_items(&place(INDEX)).await.map(|found| found == manifest.indexes));
    let blobs = async { open_blobs(&place(BLOBS)).await?.summary().await };
    compare("blobs", blobs.await.map(|found| found == manifest.blobs));
    Ok(damages)
}

/// The first damage as an error.
pub(super) fn refuse(damages: &[Damage]) -> PortResult<()> {
    match damages.first() {
        None => Ok(()),
        Some(damage) => {
            Err(PortError::corrupt(format!("the backup is damaged: {}: {}", damage.place, damage.reason)))
        }
    }
}
