//! Inspection of a folder that is not in use, such as a snapshot.

use std::collections::BTreeMap;
use std::path::Path;

use catalejo_port::PortResult;
use serde::Serialize;
use tantivy::Index as Engine;

use super::alias::{self, Aliases};
use super::collection::{Collection, engine_folder, index_names};
use super::files::{damaged, engine, read_json, vectors};
use super::scan::in_order;
use super::snapshot::{MANIFEST, hash_file};

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
