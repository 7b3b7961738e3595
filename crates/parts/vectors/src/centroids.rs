use half::f16;

use crate::codes::{BLOCK, Codes, Estimates, FACTORS, Position, Tables, block_bytes, encode};
use crate::kernels::dot;

/// Fewer centroids than this are compared one by one, without codes.
const CODED: usize = 64;
/// Standard deviations by which a centroid may be nearer than its code says.
const CONFIDENCE: f32 = 1.5;

/// A rotated vector that looks for near centroids or rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe<'a> {
    pub(crate) vector: &'a [f32],
    pub(crate) tables: &'a Tables,
    /// Squared length of the vector.
    pub(crate) square: f32,
}

/// The rotated centroids of a segment, ranked through 1-bit codes of their own when they are many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centroids<'a> {
    pub(crate) padded: usize,
    /// The centroids and, when they have codes, their mean at the end.
    pub(crate) vectors: &'a [f32],
    /// Squared length of each.
    pub(crate) squares: &'a [f32],
    /// Relative to the mean; empty when there are few.
    pub(crate) codes: Codes<'a>,
}

/// Whether that many centroids have codes.
pub(crate) fn coded(centroids: usize) -> bool {
    centroids >= CODED
}

impl<'a> Centroids<'a> {
    pub(crate) fn len(&self) -> usize {
        self.squares.len()
    }

    pub(crate) fn get(&self, at: usize) -> &'a [f32] {
        &self.vectors[at * self.padded..(at + 1) * self.padded]
    }

    /// The squared distance from a centroid.
    pub(crate) fn distance(&self, probe: &Probe<'_>, at: usize) -> f32 {
        (probe.square + self.squares[at] - 2.0 * dot(probe.vector, self.get(at))).max(0.0)
    }

    /// Squared distances from all centroids: likely lower bounds when they have codes, else exact.
    pub(crate) fn lower_distances(&self, probe: &Probe<'_>, into: &mut Vec<f32>) {
        into.clear();
        if !coded(self.len()) {
            into.extend((0..self.len()).map(|at| self.distance(probe, at)));
            return;
        }
        let mean = self.get(self.len());
        let base = dot(probe.vector, mean);
        let apart = (probe.square + dot(mean, mean) - 2.0 * base).max(0.0).sqrt();
        let position = Position { base, spread: CONFIDENCE * apart, threshold: f32::NEG_INFINITY };
        let mut found = Estimates::NONE;
        for (block, squares) in self.squares.chunks(BLOCK).enumerate() {
            self.codes.scan(block, probe.tables, position, &mut found);
            let bounds = squares.iter().zip(&found.upper);
            into.extend(bounds.map(|(square, product)| probe.square + square - 2.0 * product));
        }
    }

    /// The nearest centroid and its squared distance. A good guess `near` saves work; `lower` is scratch.
    pub(crate) fn nearest(
        &self,
        probe: &Probe<'_>,
        near: Option<usize>,
        lower: &mut Vec<f32>,
    ) -> (usize, f32) {
        self.lower_distances(probe, lower);
        let least = || (0..lower.len()).min_by(|&a, &b| lower[a].total_cmp(&lower[b])).unwrap_or_default();
        let first = near.unwrap_or_else(least);
        let mut best = (first, self.distance(probe, first));
        for (at, &bound) in lower.iter().enumerate() {
            if bound < best.1 && at != first {
                let distance = self.distance(probe, at);
                if distance < best.1 {
                    best = (at, distance);
                }
            }
        }
        best
    }
}

/// Centroids while a segment is built.
#[derive(Debug)]
pub(crate) struct CentroidSet {
    padded: usize,
    pub(crate) vectors: Vec<f32>,
    squares: Vec<f32>,
    pub(crate) codes: Vec<u8>,
    pub(crate) factors: Vec<f16>,
}

impl CentroidSet {
    pub(crate) fn new(padded: usize, mut vectors: Vec<f32>) -> CentroidSet {
        let squares = squares(padded, &vectors);
        let (mut codes, mut factors) = (Vec::new(), Vec::new());
        if coded(squares.len()) {
            let blocks = squares.len().div_ceil(BLOCK);
            let bytes = block_bytes(padded);
            let mean = mean(padded, &vectors);
            codes.resize(blocks * bytes, 0);
            factors.resize(blocks * FACTORS, f16::ZERO);
            for (at, vector) in vectors.chunks_exact(padded).enumerate() {
                let (block, lane) = (at / BLOCK, at % BLOCK);
                encode(vector, &mean, lane, &mut codes[block * bytes..], &mut factors[block * FACTORS..]);
            }
            vectors.extend(mean);
        }
        CentroidSet { padded, vectors, squares, codes, factors }
    }

    pub(crate) fn as_centroids(&self) -> Centroids<'_> {
        let codes = Codes { codes: &self.codes, factors: &self.factors };
        Centroids { padded: self.padded, vectors: &self.vectors, squares: &self.squares, codes }
    }
}

/// Squared lengths of vectors that lie one after another.
pub(crate) fn squares(padded: usize, vectors: &[f32]) -> Vec<f32> {
    vectors.chunks_exact(padded).map(|vector| dot(vector, vector)).collect()
}

fn mean(padded: usize, vectors: &[f32]) -> Vec<f32> {
    let mut mean = vec![0.0; padded];
    let share = padded as f32 / vectors.len() as f32;
    for vector in vectors.chunks_exact(padded) {
        mean.iter_mut().zip(vector).for_each(|(sum, x)| *sum += share * x);
    }
    mean
}
