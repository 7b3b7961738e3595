//! Copies of running indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use catalejo_port::{PortError, PortResult};
use serde::Serialize;
use tantivy::Directory;
use tantivy::directory::META_LOCK;

use super::alias::{self, Aliases};
use super::collection::Collection;
use super::commit::Commit;
use super::files::{at, damaged, engine, sync_folder, write_json};

/// The file that lists every other file of a snapshot with its hash; an index in use has none.
pub(super) const MANIFEST: &str = "manifest.json";

/// A snapshot being written into an empty folder.
///
/// Files are copied, not linked: a copy that shares its bytes with the original is no backup.
pub(super) struct Snapshot {
    to: PathBuf,
    /// Path below the folder and BLAKE3 hash of each file.
    files: BTreeMap<String, String>,
}

impl Snapshot {
    /// Starts in a folder that is empty or not there yet.
    pub fn start(to: &Path) -> PortResult<Self> {
        fs::create_dir_all(to).map_err(at(to))?;
        if fs::read_dir(to).map_err(at(to))?.next().is_some() {
            return Err(PortError::invalid(format!("{}: a snapshot needs an empty folder", to.display())));
        }
        Ok(Self { to: to.to_owned(), files: BTreeMap::new() })
    }

    /// Copies the last commit of an index while it is read and written.
    pub fn add(&mut self, home: &Collection) -> PortResult<()> {
        let (tantivy, vector_files) = (home.engine_folder(), home.vectors_folder());
        let below = |folder: &str| format!("{}/{folder}", home.name);
        for folder in [below("tantivy"), below("vectors")] {
            fs::create_dir_all(self.to.join(&folder)).map_err(at(&self.to))?;
        }
        self.copy(&home.folder.join("schema.json"), below("schema.json"))?;

        let _keeps_vector_files = home.copying.read();
        let meta = {
            // while held, tantivy removes nothing; afterwards the loaded meta keeps its files alive
            let lock = home.engine.directory().acquire_lock(&META_LOCK);
            let _lock =
                lock.map_err(|e| PortError::internal("the text index cannot be locked").with_source(e))?;
            home.engine.load_metas().map_err(engine(&tantivy))?
        };
        let mut managed = BTreeSet::from(["meta.json".to_owned()]);
        for file in meta.list_segment_files() {
            let (source, name) = (tantivy.join(&file), file.to_string_lossy().into_owned());
            // tantivy names all the files a segment may have
            if source.exists() {
                self.copy(&source, below(&format!("tantivy/{name}")))?;
                managed.insert(name);
            }
        }
        self.write(&meta, below("tantivy/meta.json"))?;
        self.write(&managed, below("tantivy/.managed.json"))?;

        let commit = Commit::of(&tantivy, &meta)?;
        for name in commit.segments.iter().chain(&commit.dead) {
            self.copy(&vector_files.join(name), below(&format!("vectors/{name}")))?;
        }
        [below("tantivy"), below("vectors"), home.name.clone()]
            .iter()
            .try_for_each(|folder| sync_folder(&self.to.join(folder)))
    }

    /// Adds the aliases and the list of all files, which makes it complete.
    pub fn finish(mut self, aliases: &Aliases) -> PortResult<()> {
        self.write(aliases, alias::FILE.to_owned())?;
        write_json(&self.to.join(MANIFEST), &self.files)
    }

    fn copy(&mut self, from: &Path, name: String) -> PortResult<()> {
        let to = self.to.join(&name);
        let mut source = File::open(from).map_err(at(from))?;
        let mut target = Hashing { file: File::create(&to).map_err(at(&to))?, hasher: blake3::Hasher::new() };
        io::copy(&mut source, &mut target).map_err(at(&to))?;
        target.file.sync_all().map_err(at(&to))?;
        self.files.insert(name, target.hasher.finalize().to_hex().to_string());
        Ok(())
    }

    fn write(&mut self, value: &impl Serialize, name: String) -> PortResult<()> {
        let to = self.to.join(&name);
        write_json(&to, value)?;
        self.files.insert(name, hash_file(&to)?);
        Ok(())
    }
}

/// Writes a file and hashes what it writes.
struct Hashing {
    file: File,
    hasher: blake3::Hasher,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The BLAKE3 hash of a file, in hexadecimal.
pub(super) fn hash_file(path: &Path) -> PortResult<String> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(file).map(drop));
    read.map_err(|e| damaged(path, e))?;
    Ok(hasher.finalize().to_hex().to_string())
}
