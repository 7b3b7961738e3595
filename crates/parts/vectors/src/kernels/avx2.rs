//! Kernels for AVX2, FMA and F16C.
//!
//! # Safety
//! Every function is safe code for a processor with these features; [`super`] calls one only after detecting them.
//! The loads and stores inside are unaligned and bounded by slices of the length they touch.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use half::f16;

use super::portable;
use crate::codes::{BLOCK, ENTRIES, Estimates, Position, Residual, Tables};

const LANES: usize = 8;
/// Groups whose 8-bit entries cannot overflow a 16-bit sum.
const FLUSH: usize = 256;

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn rotate(signs: &[f32], vector: &mut [f32]) {
    portable::rotate(signs, vector);
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn residual(vector: &[f32], centre: &[f32]) -> Residual {
    portable::residual(vector, centre)
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn fill_tables(query: &[f32], tables: &mut Tables) {
    portable::fill_tables(query, tables);
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const STEP: usize = 4 * LANES;
    let mut sums = [_mm256_setzero_ps(); 4];
    let (mut a, mut b) = (a.chunks_exact(STEP), b.chunks_exact(STEP));
    for (a, b) in (&mut a).zip(&mut b) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum = _mm256_fmadd_ps(load(&a[lane * LANES..]), load(&b[lane * LANES..]), *sum);
        }
    }
    let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
    let mut lanes = [0.0; LANES];
    store(&mut lanes, sum);
    lanes.iter().sum::<f32>() + portable::dot(a.remainder(), b.remainder())
}

/// Looks up two groups at a time: the low half of a register holds one group's table, the high half the next one's.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn scan(
    codes: &[u8],
    factors: &[f16],
    tables: &Tables,
    at: Position,
    into: &mut Estimates,
) -> u32 {
    let nibble = _mm256_set1_epi8(15);
    let mut sums = [0u32; BLOCK];
    let parts = codes.chunks(FLUSH * ENTRIES).zip(tables.entries.chunks(FLUSH * ENTRIES));
    for (codes, entries) in parts {
        // even and odd lanes of the low and of the high nibbles; the even sums also gather the odd bytes, times 256
        let mut even = [_mm256_setzero_si256(); 2];
        let mut odd = [_mm256_setzero_si256(); 2];
        for (codes, entries) in codes.chunks_exact(2 * ENTRIES).zip(entries.chunks_exact(2 * ENTRIES)) {
            let (codes, entries) = (load_bytes(codes), load_bytes(entries));
            let patterns = [codes, _mm256_srli_epi16::<4>(codes)];
            for half in 0..2 {
                let found = _mm256_shuffle_epi8(entries, _mm256_and_si256(patterns[half], nibble));
                even[half] = _mm256_add_epi16(even[half], found);
                odd[half] = _mm256_add_epi16(odd[half], _mm256_srli_epi16::<8>(found));
            }
        }
        for half in 0..2 {
            let even = fold(_mm256_sub_epi16(even[half], _mm256_slli_epi16::<8>(odd[half])));
            let odd = fold(odd[half]);
            let ordered = [_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd)];
            for (sums, part) in
                sums[half * ENTRIES..(half + 1) * ENTRIES].chunks_exact_mut(LANES).zip(ordered)
            {
                let wide = _mm256_cvtepu16_epi32(part);
                // SAFETY: `sums` is 8 numbers of 32 bits, as is a register.
                unsafe {
                    let place = sums.as_mut_ptr().cast();
                    _mm256_storeu_si256(place, _mm256_add_epi32(_mm256_loadu_si256(place), wide));
                }
            }
        }
    }
    estimate(&sums, factors, tables, at, into)
}

#[target_feature(enable = "avx2,fma,f16c")]
fn estimate(
    sums: &[u32; BLOCK],
    factors: &[f16],
    tables: &Tables,
    at: Position,
    into: &mut Estimates,
) -> u32 {
    let (scale, offset) = (_mm256_set1_ps(tables.scale), _mm256_set1_ps(tables.offset));
    let (base, spread) = (_mm256_set1_ps(at.base), _mm256_set1_ps(at.spread));
    let threshold = _mm256_set1_ps(at.threshold);
    let mut lanes = 0;
    for first in (0..BLOCK).step_by(LANES) {
        // SAFETY: 8 numbers of 32 bits lie behind `first`, which is at most 24 of 32.
        let sum = unsafe { _mm256_loadu_si256(sums[first..first + LANES].as_ptr().cast()) };
        let product = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), scale, offset);
        let add = _mm256_add_ps(base, load_half(&factors[first..]));
        let estimate = _mm256_fmadd_ps(load_half(&factors[BLOCK + first..]), product, add);
        let upper = _mm256_fmadd_ps(load_half(&factors[2 * BLOCK + first..]), spread, estimate);
        store(&mut into.estimate[first..], estimate);
        store(&mut into.upper[first..], upper);
        let reached = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(upper, threshold));
        lanes |= (reached as u32) << first;
    }
    lanes
}

/// Adds the high half to the low one.
#[target_feature(enable = "avx2")]
fn fold(x: __m256i) -> __m128i {
    _mm_add_epi16(_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x))
}

#[target_feature(enable = "avx2")]
fn load(from: &[f32]) -> __m256 {
    let from = &from[..LANES];
    // SAFETY: the slice is 8 floats long.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

#[target_feature(enable = "avx2,f16c")]
fn load_half(from: &[f16]) -> __m256 {
    let from = &from[..LANES];
    // SAFETY: the slice is 8 halves, 16 bytes, long.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(from.as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
fn load_bytes(from: &[u8]) -> __m256i {
    let from = &from[..2 * ENTRIES];
    // SAFETY: the slice is 32 bytes long.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn store(to: &mut [f32], x: __m256) {
    let to = &mut to[..LANES];
    // SAFETY: the slice is 8 floats long.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), x) }
}
