use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use catalejo_mapped::{Access, Mapped, bytes_of, typed};

use crate::MAX_DIMENSIONS;
use crate::build::{Source, build};
use crate::error::{Result, VectorError, at};
use crate::segment::SegmentMeta;

/// Collects rows and writes them as one segment.
///
/// Rows wait in a file beside the segment (`<name>.rows.tmp`), so memory holds 8 bytes a row while collecting and
/// about 80 while building, however long the vectors.
#[derive(Debug)]
pub struct SegmentWriter {
    dir: PathBuf,
    name: String,
    dimensions: usize,
    rows: Vec<u64>,
    spool: Spool,
    normalised: Vec<f32>,
}

impl SegmentWriter {
    /// Starts the segment `name` in the folder `dir`, which must exist.
    pub fn create(dir: &Path, name: &str, dimensions: usize) -> Result<SegmentWriter> {
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return Err(VectorError::Unsupported { found: dimensions, max: MAX_DIMENSIONS });
        }
        let spool = Spool::create(dir.join(format!("{name}.rows.tmp")))?;
        let (dir, name) = (dir.to_owned(), name.to_owned());
        Ok(SegmentWriter {
            dir,
            name,
            dimensions,
            rows: Vec::new(),
            spool,
            normalised: vec![0.0; dimensions],
        })
    }

    /// Adds one row; the vector is normalised. Rows may come in any order, each once.
    pub fn add(&mut self, row: u64, vector: &[f32]) -> Result<()> {
        if vector.len() != self.dimensions {
            return Err(VectorError::Dimensions { expected: self.dimensions, found: vector.len() });
        }
        normalise(vector, &mut self.normalised, || format!("row {row}"))?;
        self.spool.push(&self.normalised)?;
        self.rows.push(row);
        Ok(())
    }

    /// Rows added so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Builds the segment. It is complete and durable when this returns; `None` and no file when no row was added.
    pub fn finish(self) -> Result<Option<SegmentMeta>> {
        self.finish_unless(&AtomicBool::new(false))
    }

    /// [`finish`](Self::finish) which stops soon with [`VectorError::Cancelled`] once the flag is true.
    pub fn finish_unless(mut self, cancel: &AtomicBool) -> Result<Option<SegmentMeta>> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let map = self.spool.map()?;
        let Some(vectors) = typed(&map) else {
            unreachable!("a spool holds whole floats from its first byte")
        };
        let source = Spooled { map: &map, rows: &self.rows, vectors, dimensions: self.dimensions };
        build(&self.dir, &self.name, self.dimensions, &source, cancel)
    }
}

/// Writes rows as the segment `name` in the folder `dir`: a [`SegmentWriter`] fed from an iterator.
pub fn write_segment<V: AsRef<[f32]>>(
    dir: &Path,
    name: &str,
    dimensions: usize,
    rows: impl IntoIterator<Item = (u64, V)>,
) -> Result<Option<SegmentMeta>> {
    let mut writer = SegmentWriter::create(dir, name, dimensions)?;
    for (row, vector) in rows {
        writer.add(row, vector.as_ref())?;
    }
    writer.finish()
}

/// Scales a vector to length 1; zero stays zero. `what` names the vector in the error about a NaN or infinity.
pub(crate) fn normalise(vector: &[f32], into: &mut [f32], what: impl FnOnce() -> String) -> Result<()> {
    // in double precision no square of a float overflows or vanishes
    let square: f64 = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    if !square.is_finite() {
        let component = vector.iter().position(|x| !x.is_finite()).unwrap_or_default();
        return Err(VectorError::NotFinite { what: what(), component });
    }
    let scale = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
    for (to, &from) in into.iter_mut().zip(vector) {
        *to = (f64::from(from) * scale) as f32;
    }
    Ok(())
}

/// Normalised rows on disk until the segment is built.
#[derive(Debug)]
struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Spool {
    fn create(path: PathBuf) -> Result<Spool> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(at(&path))?;
        Ok(Spool { path, file: BufWriter::new(file) })
    }

    fn push(&mut self, vector: &[f32]) -> Result<()> {
        self.file.write_all(bytes_of(vector)).map_err(at(&self.path))
    }

    fn map(&mut self) -> Result<Mapped> {
        let map = |file| Mapped::new(file, Access::Random);
        self.file.flush().and_then(|()| map(self.file.get_ref())).map_err(at(&self.path))
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // a leftover is harmless
        let _ = fs::remove_file(&self.path);
    }
}

struct Spooled<'a> {
    map: &'a Mapped,
    rows: &'a [u64],
    vectors: &'a [f32],
    dimensions: usize,
}

impl Source for Spooled<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, i: usize) -> u64 {
        self.rows[i]
    }

    fn vector(&self, i: usize) -> &[f32] {
        &self.vectors[i * self.dimensions..(i + 1) * self.dimensions]
    }

    fn give_back(&self) {
        self.map.give_back(0..self.map.len());
    }
}
