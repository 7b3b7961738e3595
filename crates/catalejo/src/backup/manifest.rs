use std::collections::BTreeMap;
use std::path::Path;

use catalejo_port::{PortError, PortResult};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::MANIFEST;
use crate::owner::FORMAT;

/// What a backup holds: written last, so that a copy without it is not a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the data folder it restores to.
    pub format: u32,
    /// The release that wrote it.
    pub version: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Tables, rows and hashes of the store.
    pub store: catalejo_store::Summary,
    /// Tables, rows and hashes of the queue.
    pub broker: catalejo_store::Summary,
    /// What each index holds.
    pub indexes: BTreeMap<String, IndexEntry>,
    /// Uploads that wait.
    pub blobs: catalejo_blobs::Summary,
    /// Every file but this one.
    pub files: BTreeMap<String, FileEntry>,
}

/// One index of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// Its items.
    pub items: u64,
    /// Those of them that have a vector.
    pub vectors: u64,
    /// Hash over the ids and contents of all items.
    pub hash: String,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its size.
    pub bytes: u64,
    /// The BLAKE3 hash of its content.
    pub blake3: String,
}

impl Manifest {
    /// Reads the manifest of the backup in `folder`.
    pub fn read(folder: &Path) -> PortResult<Self> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|error| {
            PortError::not_found(format!(
                "{} is not a backup: it has no readable {MANIFEST}",
                folder.display()
            ))
            .with_source(error)
        })?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| {
            PortError::corrupt(format!("{} is damaged", path.display())).with_source(error)
        })?;
        if manifest.format > FORMAT {
            let message = format!(
                "the backup has format {}, and this binary knows formats up to {FORMAT}; use release {} or a later one",
                manifest.format, manifest.version
            );
            return Err(PortError::unsupported(message));
        }
        Ok(manifest)
    }

    /// Items over all indexes.
    pub fn items(&self) -> u64 {
        self.indexes.values().map(|index| index.items).sum()
    }

    /// Bytes over all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }
}
