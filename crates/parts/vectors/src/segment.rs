use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use catalejo_mapped::{Access, Mapped, Plain, typed};
use serde::{Deserialize, Serialize};

use crate::MAX_DIMENSIONS;
use crate::calibrate::Slack;
use crate::centroids::{Centroids, coded, squares};
use crate::codes::{BLOCK, Codes, FACTORS, block_bytes};
use crate::error::{Result, VectorError, at};
use crate::format::{ALIGN, Header, Section};
use crate::rotation::Rotation;

/// Bytes that are read from disk at a time when all are read.
const READ: usize = 4 << 20;

/// What a segment holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// Name of its file.
    pub name: String,
    /// Rows, deleted or not.
    pub rows: u64,
    /// Components of a vector.
    pub dimensions: usize,
    /// Partitions the rows are clustered into.
    pub lists: usize,
    /// Size of the file.
    pub bytes: u64,
}

/// An immutable set of rows with their vectors, read in place from a memory-mapped file.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    map: Mapped,
    header: Header,
    rotation: Rotation,
    /// First block of each list's codes.
    blocks: Vec<u32>,
    /// Squared length of each centroid.
    squares: Vec<f32>,
    /// Distinguishes the segments opened by this process.
    pub(crate) serial: u64,
}

impl Segment {
    /// Opens a segment file. Header and section table are checked here, the sections' checksums by
    /// [`verify`](Self::verify).
    pub fn open(path: &Path) -> Result<Arc<Segment>> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let file = File::open(path).map_err(at(path))?;
        if file.metadata().map_err(at(path))?.len() == 0 {
            return Err(damaged(path, "header", "the file is empty".into()));
        }
        let map = Mapped::new(&file, Access::Random).map_err(at(path))?;
        let header = Header::read(&map).map_err(|reason| damaged(path, "header", reason))?;
        let mut segment = Segment {
            path: path.to_owned(),
            map,
            rotation: Rotation::new(header.dimensions as usize),
            header,
            blocks: Vec::new(),
            squares: Vec::new(),
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
        };
        segment.check_header()?;
        segment.blocks = segment.check_lists()?;
        segment.check_lengths()?;
        segment.squares = squares(segment.rotation.padded(), segment.numbers(Section::Centroids));
        segment.squares.truncate(segment.lists());
        // all behind the vectors is read by every search
        segment.map.read_ahead(segment.place(Section::Vectors).end..segment.map.len());
        Ok(Arc::new(segment))
    }

    /// Reads the whole file and compares every checksum; the error names file and section.
    pub fn verify(&self) -> Result<()> {
        for section in Section::ALL {
            let mut crc = crc32fast::Hasher::new();
            let place = self.place(section);
            for start in place.clone().step_by(READ) {
                let part = start..place.end.min(start + READ);
                self.map.read_ahead(part.clone());
                crc.update(&self.map[part.clone()]);
                self.map.give_back(part);
            }
            if crc.finalize() != self.header.crc(section) {
                return Err(damaged(&self.path, section.name(), "checksum differs".into()));
            }
        }
        Ok(())
    }

    /// What it holds.
    pub fn meta(&self) -> SegmentMeta {
        SegmentMeta {
            name: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            rows: self.len() as u64,
            dimensions: self.dimensions(),
            lists: self.header.lists as usize,
            bytes: self.map.len() as u64,
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rows, deleted or not.
    pub fn len(&self) -> usize {
        self.header.rows as usize
    }

    /// Never true: a segment without rows is not written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Components of a vector.
    pub fn dimensions(&self) -> usize {
        self.header.dimensions as usize
    }

    /// All row ids, ascending.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.sorted().iter().copied()
    }

    /// Whether it holds the row.
    pub fn contains(&self, row: u64) -> bool {
        self.sorted().binary_search(&row).is_ok()
    }

    /// The row's normalised vector.
    pub fn vector(&self, row: u64) -> Option<Vec<f32>> {
        Some(self.vector_at(self.slot(row)?).to_vec())
    }

    /// The slot of a row.
    pub(crate) fn slot(&self, row: u64) -> Option<usize> {
        let rank = self.sorted().binary_search(&row).ok()?;
        Some(self.slots()[rank] as usize).filter(|&slot| slot < self.len())
    }

    /// The row id in a slot.
    pub(crate) fn row_at(&self, slot: usize) -> u64 {
        self.numbers(Section::Rows)[slot]
    }

    /// The normalised vector in a slot.
    pub(crate) fn vector_at(&self, slot: usize) -> &[f32] {
        let width = self.dimensions();
        &self.numbers(Section::Vectors)[slot * width..(slot + 1) * width]
    }

    /// Starts reading the vectors of these slots from disk, as far as they exist. Without it a mapped file comes page
    /// by page.
    pub(crate) fn read_ahead(&self, slots: Range<usize>) {
        let (width, place) = (self.dimensions() * 4, self.place(Section::Vectors));
        let at = |slot: usize| place.start + slot.min(self.len()) * width;
        self.map.read_ahead(at(slots.start)..at(slots.end));
    }

    /// Gives back the memory of the vectors that were read.
    pub(crate) fn give_back(&self) {
        self.map.give_back(self.place(Section::Vectors));
    }

    /// Row ids, ascending.
    pub(crate) fn sorted(&self) -> &[u64] {
        self.numbers(Section::Sorted)
    }

    /// Slots in the order of `sorted`.
    pub(crate) fn slots(&self) -> &[u32] {
        self.numbers(Section::Slots)
    }

    /// Number of lists.
    pub(crate) fn lists(&self) -> usize {
        self.header.lists as usize
    }

    /// Slots of a list.
    pub(crate) fn list(&self, list: usize) -> Range<usize> {
        let starts = self.numbers::<u32>(Section::Starts);
        starts[list] as usize..starts[list + 1] as usize
    }

    /// First slots of the lists, ascending, and the number of rows at the end.
    pub(crate) fn starts(&self) -> &[u32] {
        self.numbers(Section::Starts)
    }

    /// The first block of a list in [`codes`](Self::codes).
    pub(crate) fn first_block(&self, list: usize) -> usize {
        self.blocks[list] as usize
    }

    /// Codes of all rows, each list in blocks of its own.
    pub(crate) fn codes(&self) -> Codes<'_> {
        Codes { codes: self.bytes(Section::Codes), factors: self.numbers(Section::Factors) }
    }

    /// Mean squared distance of each list's rows from its centroid.
    pub(crate) fn spreads(&self) -> &[f32] {
        self.numbers(Section::Spreads)
    }

    pub(crate) fn centroids(&self) -> Centroids<'_> {
        let codes = Codes {
            codes: self.bytes(Section::CentroidCodes),
            factors: self.numbers(Section::CentroidFactors),
        };
        let vectors = self.numbers(Section::Centroids);
        Centroids { padded: self.rotation.padded(), vectors, squares: &self.squares, codes }
    }

    /// The rotation behind codes and centroids.
    pub(crate) fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// How far below its list's expected distance a near row may lie; see [`calibrate`](crate::calibrate).
    pub(crate) fn slack(&self) -> Slack {
        Slack(self.header.slack)
    }

    /// The bytes of the file that a section takes.
    fn place(&self, section: Section) -> Range<usize> {
        self.header.range(section, self.map.len()).unwrap_or_default()
    }

    fn bytes(&self, section: Section) -> &[u8] {
        &self.map[self.place(section)]
    }

    fn numbers<T: Plain>(&self, section: Section) -> &[T] {
        typed(self.bytes(section)).unwrap_or_default()
    }

    fn check_header(&self) -> Result<()> {
        let (rows, width) = (self.len(), self.dimensions());
        let padded = self.header.padded as usize;
        if rows == 0 || width == 0 || width > MAX_DIMENSIONS || padded != self.rotation.padded() {
            let reason = format!("{rows} rows of {width} dimensions padded to {padded}");
            return Err(damaged(&self.path, "header", reason));
        }
        Ok(())
    }

    /// Checks the lists, on whose bounds every access relies, and finds the first block of each.
    fn check_lists(&self) -> Result<Vec<u32>> {
        let starts = self.numbers::<u32>(Section::Starts);
        let covered = starts.first() == Some(&0) && starts.last() == Some(&self.header.rows);
        let rising = starts.windows(2).all(|pair| pair[0] <= pair[1]);
        if starts.len() != self.lists() + 1 || !covered || !rising {
            return Err(damaged(&self.path, Section::Starts.name(), "lists do not cover the rows".into()));
        }
        let mut blocks = vec![0];
        for pair in starts.windows(2) {
            let length = (pair[1] - pair[0]).div_ceil(BLOCK as u32);
            blocks.push(blocks[blocks.len() - 1] + length);
        }
        Ok(blocks)
    }

    fn check_lengths(&self) -> Result<()> {
        let (rows, width, lists) = (self.len(), self.dimensions(), self.lists());
        let padded = self.rotation.padded();
        let blocks = self.blocks[lists] as usize;
        let (mean, list_blocks) = if coded(lists) { (1, lists.div_ceil(BLOCK)) } else { (0, 0) };
        let lengths = [
            (Section::Vectors, rows * width * 4),
            (Section::Rows, rows * 8),
            (Section::Sorted, rows * 8),
            (Section::Slots, rows * 4),
            (Section::Spreads, lists * 4),
            (Section::Centroids, (lists + mean) * padded * 4),
            (Section::Codes, blocks * block_bytes(padded)),
            (Section::Factors, blocks * FACTORS * 2),
            (Section::CentroidCodes, list_blocks * block_bytes(padded)),
            (Section::CentroidFactors, list_blocks * FACTORS * 2),
        ];
        for (section, length) in lengths {
            let range = self.header.range(section, self.map.len());
            if range.is_none_or(|range| range.len() != length || range.start % ALIGN != 0) {
                let reason = format!("{length} bytes expected within a file of {}", self.map.len());
                return Err(damaged(&self.path, section.name(), reason));
            }
        }
        Ok(())
    }
}

fn damaged(path: &Path, section: &'static str, reason: String) -> VectorError {
    VectorError::Damaged { path: path.to_owned(), section, reason }
}
