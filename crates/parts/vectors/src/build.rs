//! Turns rows into a complete segment file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Result, VectorError, at};
use crate::format::{FileWriter, Header, Section};
use crate::segment::SegmentMeta;

/// Rows in any order, readable as often as needed.
pub(crate) trait Source {
    fn len(&self) -> usize;
    /// Row id of the `i`th.
    fn row(&self, i: usize) -> u64;
    /// Normalised components of the `i`th.
    fn vector(&self, i: usize) -> &[f32];
}

/// Writes a source's rows as the segment `name`, durable when this returns; `None` and no file when there are none.
pub(crate) fn build(
    dir: &Path,
    name: &str,
    dimensions: usize,
    source: &impl Source,
    cancel: &AtomicBool,
) -> Result<Option<SegmentMeta>> {
    if source.len() == 0 {
        return Ok(None);
    }
    if source.len() > u32::MAX as usize {
        return Err(VectorError::TooManyRows { max: u32::MAX.into() });
    }
    let partial = Partial(dir.join(format!("{name}.tmp")));
    let file = File::create(&partial.0).map_err(at(&partial.0))?;
    let meta = write(file, name, &partial.0, dimensions, source, cancel)?;
    let path = dir.join(name);
    fs::rename(&partial.0, &path).map_err(at(&path))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))?;
    Ok(Some(meta))
}

/// A file under construction, removed when it does not get its final name.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // after the rename there is nothing left to remove, and a leftover is harmless
        let _ = fs::remove_file(&self.0);
    }
}

fn write(
    file: File,
    name: &str,
    path: &Path,
    dimensions: usize,
    source: &impl Source,
    cancel: &AtomicBool,
) -> Result<SegmentMeta> {
    let rows = source.len();
    let order: Vec<u32> = (0..rows as u32).collect();
    let header =
        Header { dimensions: dimensions as u32, padded: 0, rows: rows as u32, lists: 1, ..Header::default() };
    let mut out = FileWriter::new(file, header).map_err(at(path))?;
    let mut sorted: Vec<(u64, u32)> =
        order.iter().enumerate().map(|(slot, &i)| (source.row(i as usize), slot as u32)).collect();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(VectorError::DuplicateRow { row: pair[0].0 });
    }
    let vectors = order.iter().map(|&i| source.vector(i as usize));
    out.section(Section::Vectors, vectors).map_err(at(path))?;
    out.section(Section::Rows, order.iter().map(|&i| [source.row(i as usize)])).map_err(at(path))?;
    out.section(Section::Sorted, sorted.iter().map(|entry| [entry.0])).map_err(at(path))?;
    out.section(Section::Slots, sorted.iter().map(|entry| [entry.1])).map_err(at(path))?;
    proceed(cancel)?;
    let bytes = out.finish().map_err(at(path))?;
    Ok(SegmentMeta { name: name.to_owned(), rows: rows as u64, dimensions, lists: 1, bytes })
}

/// Stops the work when its caller wants to stop.
pub(crate) fn proceed(cancel: &AtomicBool) -> Result<()> {
    if cancel.load(Ordering::Relaxed) { Err(VectorError::Cancelled) } else { Ok(()) }
}
