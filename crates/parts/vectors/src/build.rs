//! Turns rows into a complete segment file.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use half::f16;

use crate::calibrate::{Slack, calibrate};
use crate::centroids::CentroidSet;
use crate::codes::{BLOCK, FACTORS, block_bytes, encode};
use crate::error::{Result, VectorError, at};
use crate::format::{FileWriter, Header, Section};
use crate::kmeans::{Partition, partition};
use crate::rotation::Rotation;
use crate::segment::{Segment, SegmentMeta};
use crate::view::SegmentView;

/// Rows from which a segment is clustered; scanning the codes of fewer costs less than ranking lists.
const CLUSTERED: usize = 2500;
/// Rows of a list, on average.
const LIST: usize = 250;

/// Rows in any order, readable as often as needed.
pub(crate) trait Source {
    fn len(&self) -> usize;
    /// Row id of the `i`th.
    fn row(&self, i: usize) -> u64;
    /// Normalised components of the `i`th.
    fn vector(&self, i: usize) -> &[f32];
    /// Starts reading some vectors from disk, where that is known to help.
    fn read_ahead(&self, _range: Range<usize>) {}
    /// Gives back the memory of the vectors that were read; they may be read again.
    fn give_back(&self) {}
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
    let rotation = Rotation::new(dimensions);
    let by_id = by_id(source)?;
    let partition = partition(source, &rotation, lists_for(source.len()), cancel)?;
    let layout = Layout::new(partition, rotation.padded());
    let header = Header {
        dimensions: dimensions as u32,
        padded: rotation.padded() as u32,
        rows: source.len() as u32,
        lists: layout.lists() as u32,
        slack: Slack::UNCALIBRATED.0,
        ..Header::default()
    };
    let mut out = FileWriter::new(file, header).map_err(at(path))?;
    write_rows(&mut out, source, &layout, &by_id, cancel).map_err(|stop| stop.at(path))?;
    write_codes(&mut out, source, &layout, &rotation, cancel).map_err(|stop| stop.at(path))?;
    if layout.lists() > 1 {
        out.seal().map_err(at(path))?;
        out.header.slack = calibrate(&SegmentView::new(Segment::open(path)?, []), cancel)?.0;
    }
    let lists = layout.lists();
    let bytes = out.finish().map_err(at(path))?;
    Ok(SegmentMeta { name: name.to_owned(), rows: source.len() as u64, dimensions, lists, bytes })
}

fn lists_for(rows: usize) -> usize {
    if rows < CLUSTERED { 1 } else { rows / LIST }
}

/// Row ids ascending, each with its position in the source.
fn by_id(source: &impl Source) -> Result<Vec<(u64, u32)>> {
    let mut by_id: Vec<(u64, u32)> = (0..source.len()).map(|i| (source.row(i), i as u32)).collect();
    by_id.sort_unstable();
    match by_id.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(VectorError::DuplicateRow { row: pair[0].0 }),
        None => Ok(by_id),
    }
}

/// Which row of the source lies in which slot.
struct Layout {
    centroids: CentroidSet,
    /// First slot of each list and the number of rows at the end.
    starts: Vec<u32>,
    /// Position in the source, by slot.
    order: Vec<u32>,
}

impl Layout {
    fn new(partition: Partition, padded: usize) -> Layout {
        let mut starts = vec![0; partition.centroids.len() / padded + 1];
        for &list in &partition.list_of {
            starts[list as usize + 1] += 1;
        }
        for list in 1..starts.len() {
            starts[list] += starts[list - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0; partition.list_of.len()];
        for (i, &list) in partition.list_of.iter().enumerate() {
            order[next[list as usize] as usize] = i as u32;
            next[list as usize] += 1;
        }
        Layout { centroids: CentroidSet::new(padded, partition.centroids), starts, order }
    }

    fn lists(&self) -> usize {
        self.starts.len() - 1
    }

    /// Positions in the source of a list's rows.
    fn rows_of(&self, list: usize) -> &[u32] {
        &self.order[self.starts[list] as usize..self.starts[list + 1] as usize]
    }
}

/// Why writing ended early.
enum Stop {
    Io(io::Error),
    Cancelled,
}

impl Stop {
    fn at(self, path: &Path) -> VectorError {
        match self {
            Stop::Io(error) => at(path)(error),
            Stop::Cancelled => VectorError::Cancelled,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

fn write_rows(
    out: &mut FileWriter,
    source: &impl Source,
    layout: &Layout,
    by_id: &[(u64, u32)],
    cancel: &AtomicBool,
) -> Result<(), Stop> {
    out.begin(Section::Vectors)?;
    for list in 0..layout.lists() {
        proceed(cancel).map_err(|_| Stop::Cancelled)?;
        for &i in layout.rows_of(list) {
            out.put(source.vector(i as usize))?;
        }
        source.give_back();
    }
    out.begin(Section::Rows)?;
    let mut slot_of = vec![0u32; source.len()];
    for (slot, &i) in layout.order.iter().enumerate() {
        out.put(&[source.row(i as usize)])?;
        slot_of[i as usize] = slot as u32;
    }
    out.begin(Section::Sorted)?;
    by_id.iter().try_for_each(|&(row, _)| out.put(&[row]))?;
    out.begin(Section::Slots)?;
    by_id.iter().try_for_each(|&(_, i)| out.put(&[slot_of[i as usize]]))?;
    out.section(Section::Starts, &layout.starts)?;
    Ok(())
}

fn write_codes(
    out: &mut FileWriter,
    source: &impl Source,
    layout: &Layout,
    rotation: &Rotation,
    cancel: &AtomicBool,
) -> Result<(), Stop> {
    let bytes = block_bytes(rotation.padded());
    let centroids = layout.centroids.as_centroids();
    let mut vector = vec![0.0; rotation.padded()];
    let (mut codes, mut factors, mut spreads) = (Vec::new(), Vec::new(), Vec::new());
    out.begin(Section::Codes)?;
    for list in 0..layout.lists() {
        proceed(cancel).map_err(|_| Stop::Cancelled)?;
        let rows = layout.rows_of(list);
        let first = factors.len();
        codes.clear();
        codes.resize(rows.len().div_ceil(BLOCK) * bytes, 0);
        factors.resize(first + rows.len().div_ceil(BLOCK) * FACTORS, f16::ZERO);
        let mut sum = 0.0;
        for (at, &i) in rows.iter().enumerate() {
            rotation.apply(source.vector(i as usize), &mut vector);
            let (block, lane) = (at / BLOCK, at % BLOCK);
            let factors = &mut factors[first + block * FACTORS..];
            sum += encode(&vector, centroids.get(list), lane, &mut codes[block * bytes..], factors);
        }
        spreads.push(sum / rows.len() as f32);
        out.put(&codes)?;
        source.give_back();
    }
    out.section(Section::Factors, &factors)?;
    out.section(Section::Spreads, &spreads)?;
    out.section(Section::Centroids, &layout.centroids.vectors)?;
    out.section(Section::CentroidCodes, &layout.centroids.codes)?;
    out.section(Section::CentroidFactors, &layout.centroids.factors)?;
    Ok(())
}

/// Stops the work when its caller wants to stop.
pub(crate) fn proceed(cancel: &AtomicBool) -> Result<()> {
    if cancel.load(Ordering::Relaxed) { Err(VectorError::Cancelled) } else { Ok(()) }
}
