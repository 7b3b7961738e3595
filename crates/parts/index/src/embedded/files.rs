//! Files that are whole or not there, and errors that name them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use catalejo_port::{ErrorKind, PortError, PortResult};
use catalejo_vectors::VectorError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tantivy::TantivyError;

/// An error of the file system, naming the path.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> PortError + '_ {
    move |error| {
        let message = match error.kind() {
            io::ErrorKind::StorageFull => {
                format!("{}: the disk is full; make room and restart", path.display())
            }
            _ => format!("{}: the file system refused", path.display()),
        };
        PortError::internal(message).with_source(error)
    }
}

/// Stored data that cannot be understood, naming the path.
pub(super) fn damaged(path: &Path, reason: impl std::fmt::Display) -> PortError {
    PortError::corrupt(format!(
        "{}: damaged ({reason}); restore it from a backup or index again",
        path.display()
    ))
}

/// An error of tantivy, naming the folder it works in.
pub(super) fn engine(folder: &Path) -> impl FnOnce(TantivyError) -> PortError + '_ {
    move |error| {
        let kind = match &error {
            TantivyError::DataCorruption(_)
            | TantivyError::OpenReadError(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::DeserializeError(_) => ErrorKind::Corrupt,
            _ => ErrorKind::Internal,
        };
        PortError::new(kind, format!("{}: the text index failed", folder.display())).with_source(error)
    }
}

/// An error of the vector segments, which names its file itself.
pub(super) fn vectors(error: VectorError) -> PortError {
    let kind = match &error {
        VectorError::Io { .. } | VectorError::Cancelled => ErrorKind::Internal,
        VectorError::Damaged { .. } => ErrorKind::Corrupt,
        VectorError::Dimensions { .. } | VectorError::Unsupported { .. } | VectorError::NotFinite { .. } => {
            ErrorKind::Invalid
        }
        VectorError::DuplicateRow { .. } | VectorError::TooManyRows { .. } => ErrorKind::Internal,
    };
    PortError::new(kind, error.to_string())
}

/// Makes the folder's entries durable: names given, renamed and removed.
pub(super) fn sync_folder(folder: &Path) -> PortResult<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Writes a file that appears under its name only when it is complete and durable.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> PortResult<()> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(at(path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// [`write_whole`] of a value as JSON.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> PortResult<()> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| {
        PortError::internal(format!("{}: cannot be written as JSON", path.display())).with_source(e)
    })?;
    write_whole(path, &bytes)
}

/// Reads a file of JSON; `None` when there is none.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> PortResult<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| damaged(path, e)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// Bytes of all files below a folder.
pub(super) fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
