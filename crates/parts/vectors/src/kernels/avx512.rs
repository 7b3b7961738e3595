//! Kernels for AVX-512 (F, BW and VL, which every processor with AVX-512 since 2017 has).
//!
//! # Safety
//! Every function is safe code for a processor with these features; [`super`] calls one only after detecting them.
//! The loads and stores inside are unaligned and bounded by slices of the length they touch.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use half::f16;

use super::portable;
use crate::codes::{BLOCK, ENTRIES, Estimates, Position, Residual, Tables};

const LANES: usize = 16;
/// Groups whose 8-bit entries cannot overflow a 16-bit sum.
const FLUSH: usize = 256;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) fn rotate(signs: &[f32], vector: &mut [f32]) {
    portable::rotate(signs, vector);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) fn residual(vector: &[f32], centre: &[f32]) -> Residual {
    portable::residual(vector, centre)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) fn fill_tables(query: &[f32], tables: &mut Tables) {
    portable::fill_tables(query, tables);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const STEP: usize = 4 * LANES;
    let mut sums = [_mm512_setzero_ps(); 4];
    let (mut a, mut b) = (a.chunks_exact(STEP), b.chunks_exact(STEP));
    for (a, b) in (&mut a).zip(&mut b) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum = _mm512_fmadd_ps(load(&a[lane * LANES..]), load(&b[lane * LANES..]), *sum);
        }
    }
    let sum = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
    _mm512_reduce_add_ps(sum) + portable::dot(a.remainder(), b.remainder())
}

/// Looks up four groups at a time, one in each quarter of a register.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) fn scan(
    codes: &[u8],
    factors: &[f16],
    tables: &Tables,
    at: Position,
    into: &mut Estimates,
) -> u32 {
    let nibble = _mm512_set1_epi8(15);
    // the lanes of the low and of the high nibbles
    let mut sums = [_mm512_setzero_si512(); 2];
    let parts = codes.chunks(FLUSH * ENTRIES).zip(tables.entries.chunks(FLUSH * ENTRIES));
    for (codes, entries) in parts {
        // even and odd lanes of each; the even sums also gather the odd bytes, times 256
        let mut even = [_mm512_setzero_si512(); 2];
        let mut odd = [_mm512_setzero_si512(); 2];
        for (codes, entries) in codes.chunks_exact(4 * ENTRIES).zip(entries.chunks_exact(4 * ENTRIES)) {
            let (codes, entries) = (load_bytes(codes), load_bytes(entries));
            let patterns = [codes, _mm512_srli_epi16::<4>(codes)];
            for half in 0..2 {
                let found = _mm512_shuffle_epi8(entries, _mm512_and_si512(patterns[half], nibble));
                even[half] = _mm512_add_epi16(even[half], found);
                odd[half] = _mm512_add_epi16(odd[half], _mm512_srli_epi16::<8>(found));
            }
        }
        for half in 0..2 {
            let even = fold(_mm512_sub_epi16(even[half], _mm512_slli_epi16::<8>(odd[half])));
            let odd = fold(odd[half]);
            let ordered = _mm256_set_m128i(_mm_unpackhi_epi16(even, odd), _mm_unpacklo_epi16(even, odd));
            sums[half] = _mm512_add_epi32(sums[half], _mm512_cvtepu16_epi32(ordered));
        }
    }
    estimate(sums, factors, tables, at, into)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
fn estimate(sums: [__m512i; 2], factors: &[f16], tables: &Tables, at: Position, into: &mut Estimates) -> u32 {
    let (scale, offset) = (_mm512_set1_ps(tables.scale), _mm512_set1_ps(tables.offset));
    let (base, spread) = (_mm512_set1_ps(at.base), _mm512_set1_ps(at.spread));
    let threshold = _mm512_set1_ps(at.threshold);
    let mut lanes = 0;
    for (half, sum) in sums.into_iter().enumerate() {
        let first = half * LANES;
        let product = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, offset);
        let add = _mm512_add_ps(base, load_half(&factors[first..]));
        let estimate = _mm512_fmadd_ps(load_half(&factors[BLOCK + first..]), product, add);
        let upper = _mm512_fmadd_ps(load_half(&factors[2 * BLOCK + first..]), spread, estimate);
        store(&mut into.estimate[first..], estimate);
        store(&mut into.upper[first..], upper);
        lanes |= u32::from(_mm512_cmp_ps_mask::<_CMP_GE_OQ>(upper, threshold)) << first;
    }
    lanes
}

/// Adds the four quarters.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
fn fold(x: __m512i) -> __m128i {
    let halves = _mm256_add_epi16(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64::<1>(x));
    _mm_add_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves))
}

#[target_feature(enable = "avx512f")]
fn load(from: &[f32]) -> __m512 {
    let from = &from[..LANES];
    // SAFETY: the slice is 16 floats long.
    unsafe { _mm512_loadu_ps(from.as_ptr()) }
}

#[target_feature(enable = "avx512f")]
fn load_half(from: &[f16]) -> __m512 {
    let from = &from[..LANES];
    // SAFETY: the slice is 16 halves, 32 bytes, long.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(from.as_ptr().cast()) })
}

#[target_feature(enable = "avx512f")]
fn load_bytes(from: &[u8]) -> __m512i {
    let from = &from[..4 * ENTRIES];
    // SAFETY: the slice is 64 bytes long.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
fn store(to: &mut [f32], x: __m512) {
    let to = &mut to[..LANES];
    // SAFETY: the slice is 16 floats long.
    unsafe { _mm512_storeu_ps(to.as_mut_ptr(), x) }
}
