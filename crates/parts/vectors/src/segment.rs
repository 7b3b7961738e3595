use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use crate::MAX_DIMENSIONS;
use crate::error::{Result, VectorError, at};
use crate::format::{Header, Section};
use crate::map::{Plain, map, typed};

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
    map: Mmap,
    header: Header,
    /// Distinguishes the segments opened by this process.
    pub(crate) serial: u64,
}

impl Segment {
    /// Opens a segment file. Header and section table are checked here, the sections' checksums by
    /// [`verify`](Self::verify).
    pub fn open(path: &Path) -> Result<Arc<Segment>> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let map = File::open(path).and_then(|file| map(&file)).map_err(at(path))?;
        let header = Header::read(&map).map_err(|reason| damaged(path, "header", reason))?;
        let segment =
            Segment { path: path.to_owned(), map, header, serial: SERIAL.fetch_add(1, Ordering::Relaxed) };
        segment.check_table()?;
        Ok(Arc::new(segment))
    }

    /// Reads the whole file and compares every checksum; the error names file and section.
    pub fn verify(&self) -> Result<()> {
        for section in Section::ALL {
            if crc32fast::hash(self.bytes(section)) != self.header.crc(section) {
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

    /// Row ids, ascending.
    pub(crate) fn sorted(&self) -> &[u64] {
        self.numbers(Section::Sorted)
    }

    /// Slots in the order of `sorted`.
    pub(crate) fn slots(&self) -> &[u32] {
        self.numbers(Section::Slots)
    }

    fn bytes(&self, section: Section) -> &[u8] {
        self.header.range(section, self.map.len()).map_or(&[], |range| &self.map[range])
    }

    fn numbers<T: Plain>(&self, section: Section) -> &[T] {
        typed(self.bytes(section)).unwrap_or_default()
    }

    fn check_table(&self) -> Result<()> {
        let (rows, width) = (self.len(), self.dimensions());
        if rows == 0 || width == 0 || width > MAX_DIMENSIONS {
            return Err(damaged(&self.path, "header", format!("{rows} rows of {width} dimensions")));
        }
        let lengths = [
            (Section::Vectors, rows * width * 4),
            (Section::Rows, rows * 8),
            (Section::Sorted, rows * 8),
            (Section::Slots, rows * 4),
        ];
        for (section, length) in lengths {
            let range = self.header.range(section, self.map.len());
            if range.is_none_or(|range| range.len() != length) {
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
