//! The segment file: a header of [`HEADER`] bytes, then sections aligned to [`ALIGN`] bytes, all little-endian.
//!
//! | bytes | header field |
//! |---|---|
//! | 0..8 | magic `CTJVECTR` |
//! | 8..12 | format version |
//! | 12..16 | dimensions of a row |
//! | 16..20 | dimensions of a code (the rows' padded for rotation) |
//! | 20..24 | rows |
//! | 24..28 | lists |
//! | 28..44 | slack of the probing bound, 4 floats |
//! | 64..512 | table: a section's offset, length (u64 each), checksum (u32) and 4 unused bytes, in the order of [`Section`] |
//! | 508..512 | CRC-32 of all before |

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;

use catalejo_mapped::{Plain, bytes_of};

pub(crate) const HEADER: usize = 512;
pub(crate) const ALIGN: usize = 64;
const MAGIC: &[u8; 8] = b"CTJVECTR";
const VERSION: u32 = 1;
const TABLE: usize = 64;
const ENTRY: usize = 24;
const CRC: usize = HEADER - 4;

/// A part of the file. A *slot* is a row's position in the file, where the rows of a list lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Components by slot, f32.
    Vectors,
    /// Row id by slot, u64.
    Rows,
    /// Row ids ascending, u64.
    Sorted,
    /// Slot of each row id in `Sorted`, u32.
    Slots,
    /// First slot of each list, u32, and the number of rows at the end.
    Starts,
    /// Mean squared distance of a list's rows from its centroid, f32.
    Spreads,
    /// Rotated centroids, f32, and their mean when they have codes.
    Centroids,
    /// 1-bit codes of the rows, blocks of 32, each list in blocks of its own.
    Codes,
    /// Factors of the codes, f16.
    Factors,
    /// 1-bit codes of the centroids relative to their mean; empty when there are few.
    CentroidCodes,
    /// Factors of the centroids' codes, f16.
    CentroidFactors,
}

impl Section {
    pub(crate) const ALL: [Section; 11] = [
        Section::Vectors,
        Section::Rows,
        Section::Sorted,
        Section::Slots,
        Section::Starts,
        Section::Spreads,
        Section::Centroids,
        Section::Codes,
        Section::Factors,
        Section::CentroidCodes,
        Section::CentroidFactors,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Section::Vectors => "vectors",
            Section::Rows => "rows",
            Section::Sorted => "sorted",
            Section::Slots => "slots",
            Section::Starts => "starts",
            Section::Spreads => "spreads",
            Section::Centroids => "centroids",
            Section::Codes => "codes",
            Section::Factors => "factors",
            Section::CentroidCodes => "centroid-codes",
            Section::CentroidFactors => "centroid-factors",
        }
    }
}

/// Where a section lies and what it must sum to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extent {
    offset: u64,
    length: u64,
    crc: u32,
}

impl Extent {
    /// Its bytes' range in a file of `size` bytes; `None` when it reaches beyond the end.
    fn range(self, size: usize) -> Option<Range<usize>> {
        let end = self.offset.checked_add(self.length)?;
        (self.offset as usize >= HEADER && end <= size as u64).then_some(self.offset as usize..end as usize)
    }
}

/// The head of a segment file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) dimensions: u32,
    pub(crate) padded: u32,
    pub(crate) rows: u32,
    pub(crate) lists: u32,
    pub(crate) slack: [f32; 4],
    pub(crate) sections: [Extent; Section::ALL.len()],
}

impl Header {
    /// Reads and checks the header of a whole file; the error says what disagrees.
    pub(crate) fn read(file: &[u8]) -> Result<Header, String> {
        let Some(head) = file.get(..HEADER) else {
            return Err(format!("{} bytes are no segment", file.len()));
        };
        if &head[..8] != MAGIC {
            return Err("not a segment of vectors".into());
        }
        if crc32fast::hash(&head[..CRC]) != u32_at(head, CRC) {
            return Err("checksum differs".into());
        }
        if u32_at(head, 8) != VERSION {
            return Err(format!(
                "format {} is not known to this version, which reads {VERSION}",
                u32_at(head, 8)
            ));
        }
        let mut sections = [Extent::default(); Section::ALL.len()];
        for (extent, entry) in sections.iter_mut().zip(head[TABLE..].chunks_exact(ENTRY)) {
            *extent = Extent { offset: u64_at(entry, 0), length: u64_at(entry, 8), crc: u32_at(entry, 16) };
        }
        Ok(Header {
            dimensions: u32_at(head, 12),
            padded: u32_at(head, 16),
            rows: u32_at(head, 20),
            lists: u32_at(head, 24),
            slack: [28, 32, 36, 40].map(|at| f32::from_bits(u32_at(head, at))),
            sections,
        })
    }

    fn bytes(&self) -> [u8; HEADER] {
        let mut head = [0; HEADER];
        head[..8].copy_from_slice(MAGIC);
        let numbers = [VERSION, self.dimensions, self.padded, self.rows, self.lists];
        let numbers = numbers.into_iter().chain(self.slack.map(f32::to_bits));
        for (field, number) in head[8..44].chunks_exact_mut(4).zip(numbers) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        for (entry, extent) in head[TABLE..].chunks_exact_mut(ENTRY).zip(&self.sections) {
            entry[..8].copy_from_slice(&extent.offset.to_le_bytes());
            entry[8..16].copy_from_slice(&extent.length.to_le_bytes());
            entry[16..20].copy_from_slice(&extent.crc.to_le_bytes());
        }
        let crc = crc32fast::hash(&head[..CRC]);
        head[CRC..].copy_from_slice(&crc.to_le_bytes());
        head
    }

    /// The bytes' range of a section in a file of `size` bytes.
    pub(crate) fn range(&self, section: Section, size: usize) -> Option<Range<usize>> {
        self.sections[section as usize].range(size)
    }

    /// The checksum a section must have.
    pub(crate) fn crc(&self, section: Section) -> u32 {
        self.sections[section as usize].crc
    }
}

/// Writes sections one after another, each begun and then filled, and the header last.
pub(crate) struct FileWriter {
    file: BufWriter<File>,
    pub(crate) header: Header,
    offset: u64,
    /// The section being filled and the checksum of what it holds so far.
    current: Option<(Section, crc32fast::Hasher)>,
}

impl FileWriter {
    pub(crate) fn new(file: File, header: Header) -> io::Result<FileWriter> {
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&[0; HEADER])?;
        Ok(FileWriter { file, header, offset: HEADER as u64, current: None })
    }

    /// Starts a section, which ends the one before.
    pub(crate) fn begin(&mut self, section: Section) -> io::Result<()> {
        self.end();
        let padding = self.offset.next_multiple_of(ALIGN as u64) - self.offset;
        self.file.write_all(&[0; ALIGN][..padding as usize])?;
        self.offset += padding;
        self.header.sections[section as usize].offset = self.offset;
        self.current = Some((section, crc32fast::Hasher::new()));
        Ok(())
    }

    /// Appends numbers to the section begun last.
    pub(crate) fn put<T: Plain>(&mut self, values: &[T]) -> io::Result<()> {
        let bytes = bytes_of(values);
        if let Some((_, crc)) = &mut self.current {
            crc.update(bytes);
        }
        self.offset += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// A section at once.
    pub(crate) fn section<T: Plain>(&mut self, section: Section, values: &[T]) -> io::Result<()> {
        self.begin(section)?;
        self.put(values)
    }

    /// Writes the header, so that the file can be read as a segment.
    pub(crate) fn seal(&mut self) -> io::Result<()> {
        self.end();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.header.bytes())?;
        self.file.flush()
    }

    /// Writes the header as it is now and forces all to disk; answers the file's size.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.seal()?;
        self.file.get_ref().sync_all()?;
        Ok(self.offset)
    }

    fn end(&mut self) {
        if let Some((section, crc)) = self.current.take() {
            let extent = &mut self.header.sections[section as usize];
            extent.length = self.offset - extent.offset;
            extent.crc = crc.finalize();
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
