//! 1-bit codes of vectors with an unbiased estimate of inner products and its error bound: RaBitQ (Gao and Long,
//! "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound", SIGMOD 2024).
//!
//! A vector x is coded by the signs s of its rotated residual o = x - c from a centre c. With r = |o| and
//! a = |o|₁ / (r √D), how well the signs fit, an inner product is estimated from <s,q> alone:
//!
//! <x,q> ≈ <c,q> + add + scale · <s,q>, where scale = r / (a √D) and add = <o,c> - scale · <s,c>,
//!
//! with an error of about error · |q - c|, error = r √((1-a²)/a²) / √(D-1).

use half::f16;

use crate::kernels;

/// Codes that lie together, one for each lane of the kernels.
pub(crate) const BLOCK: usize = 32;
/// Factors of a block: `add`, `scale` and `error` of every lane.
pub(crate) const FACTORS: usize = 3 * BLOCK;
/// Components that share one look-up, 4 bits of each code.
pub(crate) const GROUP: usize = 4;
/// Entries of a group's look-up table, and bytes of a group in a block: lanes `j` and `j + 16` share byte `j`.
pub(crate) const ENTRIES: usize = 16;
/// Largest error of the factors' and tables' rounding, which the error bound does not cover.
pub(crate) const ROUNDING: f32 = 5e-4;

/// Bytes of a block of codes of vectors with `padded` dimensions.
pub(crate) const fn block_bytes(padded: usize) -> usize {
    padded / GROUP * ENTRIES
}

/// Codes `vector` (rotated) relative to `centre` into lane `lane` of a block that was zero there; answers the squared
/// distance of the two.
pub(crate) fn encode(
    vector: &[f32],
    centre: &[f32],
    lane: usize,
    codes: &mut [u8],
    factors: &mut [f16],
) -> f32 {
    let shift = if lane < ENTRIES { 0 } else { 4 };
    let sums = kernels::residual(vector, centre);
    let groups = vector.chunks_exact(GROUP).zip(centre.chunks_exact(GROUP));
    for ((x, c), bytes) in groups.zip(codes.chunks_exact_mut(ENTRIES)) {
        let bits = (0..GROUP).map(|i| u8::from(x[i] > c[i]) << i).sum::<u8>();
        bytes[lane % ENTRIES] |= bits << shift;
    }
    let dimensions = vector.len() as f32;
    let radius = sums.square.sqrt();
    let fit = (sums.absolute / (radius * dimensions.sqrt())).clamp(1e-3, 1.0);
    let scale = if sums.absolute > 0.0 { sums.square / sums.absolute } else { 0.0 };
    let error = if radius > 0.0 {
        radius * (1.0 / (fit * fit) - 1.0).sqrt() / (dimensions - 1.0).sqrt()
    } else {
        0.0
    };
    factors[lane] = f16::from_f32(sums.centre - scale * sums.signed_centre);
    factors[BLOCK + lane] = f16::from_f32(scale);
    factors[2 * BLOCK + lane] = f16::from_f32(error);
    sums.square
}

/// Sums over the components of a residual o = x - c with signs s.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Residual {
    /// <o,o>
    pub(crate) square: f32,
    /// |o|₁
    pub(crate) absolute: f32,
    /// <o,c>
    pub(crate) centre: f32,
    /// <s,c>
    pub(crate) signed_centre: f32,
}

/// A rotated query as look-up tables: for each group of components, its inner product with each of the 16 patterns of
/// signs, in 8 bits.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) entries: Vec<u8>,
    /// <s,q> ≈ `offset` + `scale` · sum of the entries.
    pub(crate) offset: f32,
    pub(crate) scale: f32,
}

impl Tables {
    pub(crate) fn new(query: &[f32]) -> Tables {
        let mut tables = Tables::default();
        tables.fill(query);
        tables
    }

    /// Makes the tables of another query.
    pub(crate) fn fill(&mut self, query: &[f32]) {
        self.entries.resize(query.len() / GROUP * ENTRIES, 0);
        kernels::fill_tables(query, self);
    }
}

/// Where a query lies relative to a centre, and what counts as near.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// <c,q>
    pub(crate) base: f32,
    /// What a code's error factor is multiplied by: |q - c| times the standard deviations allowed for.
    pub(crate) spread: f32,
    /// Upper bounds from here on are of interest.
    pub(crate) threshold: f32,
}

/// Inner products estimated for the lanes of a block.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Estimates {
    pub(crate) estimate: [f32; BLOCK],
    pub(crate) upper: [f32; BLOCK],
}

impl Estimates {
    pub(crate) const NONE: Estimates = Estimates { estimate: [0.0; BLOCK], upper: [0.0; BLOCK] };
}

/// Blocks of codes, all relative to one centre.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes<'a> {
    pub(crate) codes: &'a [u8],
    pub(crate) factors: &'a [f16],
}

impl Codes<'_> {
    /// Estimates one block; answers the lanes whose upper bound reaches the position's threshold, as bits.
    pub(crate) fn scan(&self, block: usize, tables: &Tables, at: Position, into: &mut Estimates) -> u32 {
        let size = tables.entries.len();
        let codes = &self.codes[block * size..(block + 1) * size];
        kernels::scan(codes, &self.factors[block * FACTORS..(block + 1) * FACTORS], tables, at, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::dot;
    use crate::rotation::Random;

    #[test]
    fn estimates_keep_within_their_bound() {
        for padded in [64, 128, 384, 1024, 4096] {
            let mut random = Random::new(11);
            let mut draw = |size: f32| {
                let mut v: Vec<f32> =
                    (0..padded).map(|_| random.below(20001) as f32 / 10000.0 - 1.0).collect();
                let norm = dot(&v, &v).sqrt();
                v.iter_mut().for_each(|x| *x *= size / norm);
                v
            };
            let centre = draw(0.7);
            let query = draw(1.0);
            let rows: Vec<Vec<f32>> =
                (0..BLOCK).map(|_| centre.iter().zip(draw(0.7)).map(|(c, o)| c + o).collect()).collect();
            let (mut codes, mut factors) = (vec![0; block_bytes(padded)], vec![f16::ZERO; FACTORS]);
            for (lane, row) in rows.iter().enumerate() {
                let square = encode(row, &centre, lane, &mut codes, &mut factors);
                assert!((square - 0.49).abs() < 1e-4);
            }
            let base = dot(&centre, &query);
            let spread = (1.0 + 0.49 - 2.0 * base).sqrt();
            let at = Position { base, spread: 4.0 * spread, threshold: f32::NEG_INFINITY };
            let mut found = Estimates::NONE;
            let lanes =
                Codes { codes: &codes, factors: &factors }.scan(0, &Tables::new(&query), at, &mut found);
            assert_eq!(lanes, u32::MAX);
            let mut bias = 0.0;
            for (lane, row) in rows.iter().enumerate() {
                let truth = dot(row, &query);
                let margin = found.upper[lane] - found.estimate[lane] + ROUNDING;
                assert!((found.estimate[lane] - truth).abs() < margin, "{padded} {lane}");
                bias += (found.estimate[lane] - truth) / BLOCK as f32;
            }
            assert!(bias.abs() < 2.0 / (padded as f32).sqrt() / (BLOCK as f32).sqrt(), "{padded}: {bias}");
        }
    }

    #[test]
    fn a_vector_at_its_centre_is_exact() {
        let centre: Vec<f32> = (0..64).map(|i| i as f32 / 1000.0).collect();
        let (mut codes, mut factors) = (vec![0; block_bytes(64)], vec![f16::ZERO; FACTORS]);
        assert_eq!(encode(&centre, &centre, 3, &mut codes, &mut factors), 0.0);
        let at = Position { base: 0.25, spread: 1.0, threshold: 0.25 };
        let mut found = Estimates::NONE;
        let lanes = Codes { codes: &codes, factors: &factors }.scan(0, &Tables::new(&centre), at, &mut found);
        assert_eq!((lanes >> 3 & 1, found.estimate[3], found.upper[3]), (1, 0.25, 0.25));
    }
}
