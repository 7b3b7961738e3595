use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use catalejo_api::Backups;
use catalejo_blobs::Blobs;
use catalejo_index::embedded::Counts;
use catalejo_port::{BackendUrl, PortError, PortResult};
use chrono::Utc;
use serde_json::Value;

use super::manifest::{IndexEntry, Manifest};
use super::{BLOBS, BROKER, INDEX, MANIFEST, MODEL, STORE, files};
use crate::owner::FORMAT;
use crate::wiring::Wired;

/// Copies the parts of a running service.
pub struct Backup {
    /// The parts.
    pub wired: Wired,
    /// The data folder.
    pub data: PathBuf,
}

#[async_trait]
impl Backups for Backup {
    async fn create(&self, folder: &Path) -> PortResult<Value> {
        let manifest = self.copy(folder).await?;
        serde_json::to_value(manifest)
            .map_err(|error| PortError::internal("cannot write the manifest").with_source(error))
    }
}

impl Backup {
    async fn copy(&self, folder: &Path) -> PortResult<Manifest> {
        prepare(folder)?;
        let place = |part: &str| folder.join(part);
        self.wired.blobs.snapshot(&place(BLOBS)).await?;
        let broker = self.wired.embedded_broker.snapshot(&place(BROKER)).await?;
        let store = self.wired.store.snapshot(&place(STORE)).await?;
        self.wired.index.snapshot(&place(INDEX)).await?;
        self.late_uploads(folder).await?;
        let model = self.data.join(MODEL);
        if model.exists() {
            fs::copy(&model, place(MODEL)).map_err(failed(folder))?;
        }
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            created_at: Utc::now(),
            store,
            broker,
            indexes: count_items(&place(INDEX)).await?,
            blobs: open_blobs(&place(BLOBS)).await?.summary().await?,
            files: BTreeMap::new(),
        };
        seal(folder.to_owned(), manifest).await
    }

    /// Adds the uploads that came while the other parts were copied.
    async fn late_uploads(&self, folder: &Path) -> PortResult<()> {
        let late = folder.join("blobs.late");
        self.wired.blobs.snapshot(&late).await?;
        let (from, to) = (late, folder.join(BLOBS));
        blocking(folder, move || {
            files::copy_missing(&from, &to)?;
            fs::remove_dir_all(&from)
        })
        .await
    }
}

/// Hashes all files and writes the manifest, last.
async fn seal(folder: PathBuf, mut manifest: Manifest) -> PortResult<Manifest> {
    let root = folder.clone();
    blocking(&folder, move || {
        manifest.files = files::hash_all(&root, MANIFEST)?;
        let text = serde_json::to_vec_pretty(&manifest)?;
        let aside = root.join("manifest.new");
        fs::write(&aside, text)?;
        fs::File::open(&aside)?.sync_all()?;
        fs::rename(&aside, root.join(MANIFEST))?;
        Ok(manifest)
    })
    .await
}

fn prepare(folder: &Path) -> PortResult<()> {
    if !folder.is_absolute() {
        return Err(PortError::invalid("folder: the path must be absolute"));
    }
    fs::create_dir_all(folder).map_err(failed(folder))?;
    if fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
        return Err(PortError::invalid(format!(
            "{} is not empty; a backup goes into a new folder",
            folder.display()
        )));
    }
    for part in [STORE, BROKER] {
        let parent = folder.join(part);
        fs::create_dir_all(parent.parent().unwrap_or(folder)).map_err(failed(folder))?;
    }
    // the index copies into an empty folder, the blobs into one that does not exist
    fs::create_dir(folder.join(INDEX)).map_err(failed(folder))
}

pub(super) async fn open_blobs(folder: &Path) -> PortResult<Blobs> {
    let path =
        folder.to_str().ok_or_else(|| PortError::invalid(format!("{} is not UTF-8", folder.display())))?;
    let url: BackendUrl = format!("file:{}", path.replace('%', "%25").replace('?', "%3F")).parse()?;
    Blobs::open(&url, folder).await
}

/// What the indexes in a folder hold; every file and document is read for it.
pub(super) async fn count_items(folder: &Path) -> PortResult<BTreeMap<String, IndexEntry>> {
    let folder = folder.to_owned();
    let counted = tokio::task::spawn_blocking(move || catalejo_index::embedded::verify(&folder)).await;
    let counts =
        counted.map_err(|error| PortError::internal("reading the index panicked").with_source(error))??;
    let entry = |Counts { index, items, vectors, hash }| (index, IndexEntry { items, vectors, hash });
    Ok(counts.into_iter().map(entry).collect())
}

pub(super) fn failed(folder: &Path) -> impl Fn(std::io::Error) -> PortError {
    let folder = folder.display().to_string();
    move |error| PortError::unreachable(format!("cannot read or write in {folder}")).with_source(error)
}

pub(super) async fn blocking<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> PortResult<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| PortError::internal("copying panicked").with_source(error))?.map_err(failed(folder))
}
