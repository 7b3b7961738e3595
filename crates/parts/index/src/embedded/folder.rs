//! tantivy's folder of files, mapped, whose memory is given back while files are written.
//!
//! A merge walks through all bytes of the segments that it joins, and every page that it touches counts as the
//! process's memory until it is given back. Here, whoever writes a file gives back what was read meanwhile.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalejo_mapped::{Access, Mapped, WeakMapped};
use parking_lot::Mutex;
use tantivy::directory::error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, OwnedBytes, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

/// Bytes written between two givings back.
const STEP: usize = 16 << 20;

/// A folder as [`MmapDirectory`] keeps it, but for the mapping of its files.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    inner: MmapDirectory,
    root: PathBuf,
    maps: Arc<Maps>,
}

impl Folder {
    pub fn open(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { inner: MmapDirectory::open(root)?, root: root.to_owned(), maps: Arc::default() })
    }
}

/// The files that somebody reads.
#[derive(Debug, Default)]
struct Maps(Mutex<HashMap<PathBuf, WeakMapped>>);

impl Maps {
    fn open(&self, path: &Path, full: &Path) -> io::Result<Mapped> {
        let mut maps = self.0.lock();
        if let Some(map) = maps.get(path).and_then(WeakMapped::upgrade) {
            return Ok(map);
        }
        let map = Mapped::new(&File::open(full)?, Access::Any)?;
        maps.insert(path.to_owned(), map.downgrade());
        Ok(map)
    }

    fn give_back(&self) {
        self.0.lock().retain(|_, map| match map.upgrade() {
            Some(map) => {
                map.give_back(0..map.len());
                true
            }
            None => false,
        });
    }
}

impl Directory for Folder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let map = self.maps.open(path, &self.root.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(Arc::new(OwnedBytes::new(map)))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let giving = GivingBack { inner: self.inner.open_write(path)?, maps: self.maps.clone(), written: 0 };
        Ok(BufWriter::new(Box::new(giving)))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.inner.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}

/// Writes a file and, every [`STEP`] bytes and at its end, gives back the memory of what is read.
struct GivingBack {
    inner: WritePtr,
    maps: Arc<Maps>,
    written: usize,
}

impl Write for GivingBack {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // a merge hands over a mapped file in one piece, and all of it would be touched at once
        let taken = self.inner.write(&bytes[..bytes.len().min(STEP)])?;
        self.written += taken;
        if self.written >= STEP {
            self.written = 0;
            self.maps.give_back();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl TerminatingWrite for GivingBack {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.maps.give_back();
        self.inner.terminate_ref(token)
    }
}
