//! Copies of a running index, and their inspection.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use catalejo_port::{PortError, PortResult};
use serde::Serialize;
use tantivy::Directory;
use tantivy::directory::META_LOCK;

use super::alias::{self, Aliases};
use super::collection::Collection;
use super::commit::Commit;
use super::files::{at, damaged, engine, sync_folder, vectors, write_json};
use super::scan::in_order;

/// Copies the last commit of an index to `<to>/<name>` while it is read and written.
///
/// Files are copied, not linked: a copy that shares its bytes with the original is no backup.
pub(super) fn copy(home: &Collection, to: &Path) -> PortResult<()> {
    let target = to.join(&home.name);
    let (tantivy, vector_files) = (home.engine_folder(), home.vectors_folder());
    let (tantivy_copy, vectors_copy) = (target.join("tantivy"), target.join("vectors"));
    for folder in [&tantivy_copy, &vectors_copy] {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    copy_file(&home.folder.join("schema.json"), &target.join("schema.json"))?;

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
        let source = tantivy.join(&file);
        // tantivy names all the files a segment may have
        if source.exists() {
            copy_file(&source, &tantivy_copy.join(&file))?;
            managed.insert(file.to_string_lossy().into_owned());
        }
    }
    write_json(&tantivy_copy.join("meta.json"), &meta)?;
    write_json(&tantivy_copy.join(".managed.json"), &managed)?;

    let commit: Commit = match &meta.payload {
        Some(payload) => serde_json::from_str(payload).map_err(|e| damaged(&tantivy.join("meta.json"), e))?,
        None => Commit::default(),
    };
    for name in commit.segments.iter().chain(&commit.dead) {
        copy_file(&vector_files.join(name), &vectors_copy.join(name))?;
    }
    [&tantivy_copy, &vectors_copy, &target].into_iter().try_for_each(|folder| sync_folder(folder))
}

fn copy_file(from: &Path, to: &Path) -> PortResult<()> {
    fs::copy(from, to).map_err(at(from))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(at(to))
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
    names.iter().map(|name| count(&Collection::open_as_is(folder, name)?)).collect()
}

fn count(home: &Collection) -> PortResult<Counts> {
    let broken = home.engine.validate_checksum().map_err(engine(&home.engine_folder()))?;
    if let Some(file) = broken.iter().min() {
        return Err(damaged(&home.engine_folder().join(file), "its checksum differs"));
    }
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
