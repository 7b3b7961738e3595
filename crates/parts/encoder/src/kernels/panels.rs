//! Matrices packed for the product: panels of a few columns, row after row, so that the inner loop reads memory
//! straight ahead.

/// Floats that begin on a cache line, so that no register's load straddles two.
pub(crate) struct AlignedFloats {
    floats: Vec<f32>,
    start: usize,
    len: usize,
}

impl AlignedFloats {
    const LINE: usize = 64;

    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let floats = vec![0.0; len + Self::LINE / size_of::<f32>()];
        // a vector that never grows never moves
        let start = floats.as_ptr().align_offset(Self::LINE).min(floats.len() - len);
        Self { floats, start, len }
    }

    pub fn as_slice(&self) -> &[f32] {
        &self.floats[self.start..self.start + self.len]
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.floats[self.start..self.start + self.len]
    }
}

/// Floats of a packed matrix of `k` rows and `n` columns.
pub(crate) fn panels_len(k: usize, n: usize, panel: usize) -> usize {
    n.next_multiple_of(panel) * k
}

/// Packs a matrix of depth `k` given by its columns (a weight's rows, keys). `to` must be zeros where columns miss.
pub(crate) fn pack_columns<'a>(
    columns: impl Iterator<Item = &'a [f32]>,
    k: usize,
    panel: usize,
    to: &mut [f32],
) {
    for (column, values) in columns.enumerate() {
        let (at, lane) = (column / panel * panel * k, column % panel);
        for (slot, value) in to[at..at + panel * k].iter_mut().skip(lane).step_by(panel).zip(values) {
            *slot = *value;
        }
    }
}

/// Packs a matrix given by its `k` rows (values). `to` must be zeros where columns miss.
pub(crate) fn pack_rows<'a>(rows: impl Iterator<Item = &'a [f32]>, k: usize, panel: usize, to: &mut [f32]) {
    for (row, values) in rows.enumerate() {
        for (index, part) in values.chunks(panel).enumerate() {
            let at = (index * k + row) * panel;
            to[at..at + part.len()].copy_from_slice(part);
        }
    }
}
