//! What a commit names beside tantivy's own segments: the vector segments, their dead rows, the next row.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use catalejo_port::PortResult;
use catalejo_vectors::{Segment, SegmentView};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use tantivy::{Index as Engine, IndexMeta};

use super::files::{at, damaged, engine, vectors, write_whole};

/// The payload of tantivy's commit. Whatever it does not name was never committed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Commit {
    /// Raised by every commit that changed something.
    pub version: u64,
    /// The row of the next document.
    pub next_row: u64,
    /// Files of the vector segments.
    pub segments: Vec<String>,
    /// File of the deleted rows in those segments; `None` when there are none.
    pub dead: Option<String>,
}

impl Commit {
    /// The last commit; the empty one for a new index.
    pub fn last(folder: &Path, index: &Engine) -> PortResult<Self> {
        Self::of(folder, &index.load_metas().map_err(engine(folder))?)
    }

    /// The commit that tantivy's list of segments belongs to.
    pub fn of(folder: &Path, meta: &IndexMeta) -> PortResult<Self> {
        let Some(payload) = &meta.payload else { return Ok(Self::default()) };
        serde_json::from_str(payload).map_err(|e| damaged(&folder.join("meta.json"), e))
    }

    /// Opens the segments that it names.
    pub fn open(&self, folder: &Path) -> PortResult<Vec<SegmentView>> {
        let dead = match &self.dead {
            Some(name) => read_rows(&folder.join(name))?,
            None => RoaringTreemap::new(),
        };
        let open = |name: &String| {
            let segment = Segment::open(&folder.join(name)).map_err(vectors)?;
            Ok(SegmentView::new(segment, dead.iter()))
        };
        self.segments.iter().map(open).collect()
    }

    /// Removes files of the folder that it does not name: what a crash left behind.
    pub fn remove_strangers(&self, folder: &Path) -> PortResult<()> {
        let named: HashSet<&str> = self.segments.iter().chain(&self.dead).map(String::as_str).collect();
        for entry in fs::read_dir(folder).map_err(at(folder))? {
            let entry = entry.map_err(at(folder))?;
            if !entry.file_name().to_str().is_some_and(|name| named.contains(name)) {
                fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
            }
        }
        Ok(())
    }
}

/// Writes rows with a checksum, durable when this returns.
pub(super) fn write_rows(path: &Path, rows: &RoaringTreemap) -> PortResult<()> {
    let mut bytes = vec![0; 4];
    rows.serialize_into(&mut bytes).map_err(at(path))?;
    let sum = crc32fast::hash(&bytes[4..]);
    bytes[..4].copy_from_slice(&sum.to_le_bytes());
    write_whole(path, &bytes)
}

fn read_rows(path: &Path) -> PortResult<RoaringTreemap> {
    let bytes = fs::read(path).map_err(|e| damaged(path, e))?;
    let Some((sum, rows)) = bytes.split_first_chunk::<4>() else { return Err(damaged(path, "too short")) };
    if crc32fast::hash(rows) != u32::from_le_bytes(*sum) {
        return Err(damaged(path, "its checksum differs"));
    }
    RoaringTreemap::deserialize_from(rows).map_err(|e| damaged(path, e))
}
