//! Copies of a running index, and their inspection.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use catalejo_port::{PortError, PortResult};
use serde::Serialize;
use tantivy::directory::META_LOCK;
use tantivy::{Directory, Index as Engine};

use super::alias::{self, Aliases};
use super::collection::{Collection, engine_folder};
use super::commit::Commit;
use super::files::{at, damaged, engine, read_json, sync_folder, vectors, write_json};
use super::scan::in_order;

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

fn hash_file(path: &Path) -> PortResult<String> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(file).map(drop));
    read.map_err(|e| damaged(path, e))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// What one index of a snapshot holds, to compare with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The index's name.
    pub index: String,
    /// Live documents.
    pub items: u64,
    /// Live documents with a vector.
    pub vectors: u64,
    /// Hash over the ids and content hashes of all documents in the order of ids, in hexadecimal.
    pub hash: String,
}

/// Reads every file of an index folder or snapshot, checks all checksums and counts what it holds, by index name.
///
/// The folder must not be in use. The error is of kind `Corrupt` and names the damaged file.
pub fn verify(folder: &Path) -> PortResult<Vec<Counts>> {
    check_manifest(folder)?;
    let names = index_names(folder)?;
    let aliases = Aliases::read(folder)?;
    if let Some((alias, index)) =
        aliases.pointing().find(|(_, index)| !names.iter().any(|name| name == index))
    {
        return Err(damaged(
            &folder.join(alias::FILE),
            format!("`{alias}` points at `{index}`, which is missing"),
        ));
    }
    let count = |name: &String| {
        check_engine(&engine_folder(&folder.join(name)))?;
        count(&Collection::open_as_is(folder, name)?)
    };
    names.iter().map(count).collect()
}

/// Compares all files of a snapshot with its list; a folder without a list is an index that was in use.
fn check_manifest(folder: &Path) -> PortResult<()> {
    let files: BTreeMap<String, String> = read_json(&folder.join(MANIFEST))?.unwrap_or_default();
    for (name, hash) in files {
        let path = folder.join(name);
        if hash_file(&path)? != hash {
            return Err(damaged(&path, "its content differs from the snapshot's list"));
        }
    }
    Ok(())
}

/// Compares tantivy's files with their checksums; before they are used, since it trusts them.
fn check_engine(folder: &Path) -> PortResult<()> {
    let index = Engine::open_in_dir(folder).map_err(engine(folder))?;
    let broken = index.validate_checksum().map_err(engine(folder))?;
    broken.iter().min().map_or(Ok(()), |file| Err(damaged(&folder.join(file), "its checksum differs")))
}

fn count(home: &Collection) -> PortResult<Counts> {
    let view = home.view.load();
    let mut live = 0;
    for segment in &view.vectors {
        segment.segment().verify().map_err(vectors)?;
        live += segment.live() as u64;
    }
    let (mut items, mut hash) = (0, blake3::Hasher::new());
    in_order(&view, None, |id, at| {
        items += 1;
        hash.update(&(id.len() as u64).to_le_bytes());
        hash.update(id.as_bytes());
        hash.update(&view.hash(at)?.to_le_bytes());
        view.source(at)?;
        Ok(true)
    })?;
    if items != view.len() {
        return Err(damaged(&home.folder, format!("{items} ids for {} documents", view.len())));
    }
    if live > items {
        return Err(damaged(&home.vectors_folder(), format!("{live} vectors for {items} documents")));
    }
    Ok(Counts { index: home.name.clone(), items, vectors: live, hash: hash.finalize().to_hex().to_string() })
}

/// The names of the indexes in a folder, sorted; what begins with a point is not one.
pub(super) fn index_names(folder: &Path) -> PortResult<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        if let Some(name) = entry.file_name().to_str().filter(|name| !name.starts_with('.'))
            && entry.path().is_dir()
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}
