//! Kernels in plain Rust, shaped so that the compiler vectorises them. They are the reference of all others; those in
//! which arithmetic prevails are also compiled again for newer processors.

use half::f16;

use crate::codes::{BLOCK, ENTRIES, Estimates, GROUP, Position, Residual, Tables};
use crate::rotation::ROUNDS;

const LANES: usize = 16;
/// A float's lowest mantissa bits count units when this is added: the fastest way to round.
const INTEGER: f32 = (1 << 23) as f32;
/// The bits of each pattern of signs as floats.
const BITS: [[f32; ENTRIES]; GROUP] = {
    let mut bits = [[0.0; ENTRIES]; GROUP];
    let mut at = 0;
    while at < GROUP * ENTRIES {
        let (bit, pattern) = (at / ENTRIES, at % ENTRIES);
        bits[bit][pattern] = (pattern >> bit & 1) as f32;
        at += 1;
    }
    bits
};

/// Inner product.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (mut a, mut b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut a).zip(&mut b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Sums of a residual; lengths are a multiple of 16.
#[inline(always)]
pub(super) fn residual(vector: &[f32], centre: &[f32]) -> Residual {
    let mut sums = [[0.0; LANES]; 4];
    for (x, c) in vector.chunks_exact(LANES).zip(centre.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let (o, c) = (x[lane] - c[lane], c[lane]);
            sums[0][lane] += o * o;
            sums[1][lane] += o.abs();
            sums[2][lane] += o * c;
            sums[3][lane] += if o > 0.0 { c } else { -c };
        }
    }
    let [square, absolute, centre, signed_centre] = sums.map(|lanes| lanes.iter().sum());
    Residual { square, absolute, centre, signed_centre }
}

/// Rotates a vector in place; see [`Rotation`](crate::rotation::Rotation).
#[inline(always)]
pub(super) fn rotate(signs: &[f32], vector: &mut [f32]) {
    let size = vector.len();
    let power = 1 << size.ilog2();
    let scale = 1.0 / (power as f32).sqrt();
    for round in 0..ROUNDS {
        for (x, sign) in vector.iter_mut().zip(&signs[round * size..]) {
            *x *= sign;
        }
        let from = if round % 2 == 0 { 0 } else { size - power };
        hadamard(&mut vector[from..from + power], scale);
        if power < size {
            mix_halves(vector);
        }
    }
}

/// Hadamard transform of a power of two of components, at least 16, times `scale`.
#[inline(always)]
fn hadamard(vector: &mut [f32], scale: f32) {
    for chunk in vector.chunks_exact_mut(LANES) {
        let mut x = [0.0; LANES];
        x.copy_from_slice(chunk);
        let x = butterflies::<8>(butterflies::<4>(butterflies::<2>(butterflies::<1>(x))));
        chunk.copy_from_slice(&x.map(|x| x * scale));
    }
    let mut step = LANES;
    while step < vector.len() {
        for pair in vector.chunks_exact_mut(2 * step) {
            let (low, high) = pair.split_at_mut(step);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        step *= 2;
    }
}

/// Sums and differences of the components `STEP` apart.
#[inline(always)]
fn butterflies<const STEP: usize>(x: [f32; LANES]) -> [f32; LANES] {
    let mut mixed = [0.0; LANES];
    for i in 0..LANES {
        let own = if i & STEP == 0 { x[i] } else { -x[i] };
        mixed[i] = x[i ^ STEP] + own;
    }
    mixed
}

#[inline(always)]
fn mix_halves(vector: &mut [f32]) {
    let (low, high) = vector.split_at_mut(vector.len() / 2);
    for (a, b) in low.iter_mut().zip(high) {
        (*a, *b) = ((*a + *b) * std::f32::consts::FRAC_1_SQRT_2, (*a - *b) * std::f32::consts::FRAC_1_SQRT_2);
    }
}

/// Fills the tables of a query. An entry is the sum over the group's components whose sign agrees with the pattern,
/// which is the inner product less its least value.
#[inline(always)]
pub(super) fn fill_tables(query: &[f32], tables: &mut Tables) {
    let (mut widest, mut total) = (f32::MIN_POSITIVE, 0.0);
    for group in query.chunks_exact(GROUP) {
        let sum = group.iter().map(|x| x.abs()).sum::<f32>();
        widest = widest.max(sum);
        total += sum;
    }
    tables.scale = 2.0 * widest / 255.0;
    tables.offset = -total;
    let unit = 2.0 / tables.scale;
    for (group, entries) in query.chunks_exact(GROUP).zip(tables.entries.chunks_exact_mut(ENTRIES)) {
        let weights: [f32; GROUP] = std::array::from_fn(|i| group[i] * unit);
        let least = -weights.iter().map(|w| w.min(0.0)).sum::<f32>();
        for (pattern, entry) in entries.iter_mut().enumerate() {
            let bits = |i: usize| weights[i] * BITS[i][pattern];
            *entry = ((least + bits(0) + bits(1)) + (bits(2) + bits(3)) + INTEGER).to_bits() as u8;
        }
    }
}

/// Estimates a block of codes.
#[inline(always)]
pub(super) fn scan(
    codes: &[u8],
    factors: &[f16],
    tables: &Tables,
    at: Position,
    into: &mut Estimates,
) -> u32 {
    let mut sums = [0u32; BLOCK];
    for (bytes, entries) in codes.chunks_exact(ENTRIES).zip(tables.entries.chunks_exact(ENTRIES)) {
        for (lane, &byte) in bytes.iter().enumerate() {
            sums[lane] += u32::from(entries[usize::from(byte & 15)]);
            sums[lane + ENTRIES] += u32::from(entries[usize::from(byte >> 4)]);
        }
    }
    let mut lanes = 0;
    for lane in 0..BLOCK {
        let factor = |row: usize| factors[row * BLOCK + lane].to_f32();
        let product = tables.offset + tables.scale * sums[lane] as f32;
        into.estimate[lane] = at.base + factor(0) + factor(1) * product;
        into.upper[lane] = into.estimate[lane] + factor(2) * at.spread;
        lanes |= u32::from(into.upper[lane] >= at.threshold) << lane;
    }
    lanes
}
