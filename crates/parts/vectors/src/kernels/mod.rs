//! The numeric kernels, each in plain Rust and again for the processors' vector instructions, chosen when first used.
#![allow(unsafe_code)] // calls of functions compiled for features that were detected

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::sync::LazyLock;

use half::f16;

use crate::codes::{Estimates, Position, Residual, Tables};

/// One implementation of every kernel.
struct Kernels {
    name: &'static str,
    dot: unsafe fn(&[f32], &[f32]) -> f32,
    residual: unsafe fn(&[f32], &[f32]) -> Residual,
    rotate: unsafe fn(&[f32], &mut [f32]),
    fill_tables: unsafe fn(&[f32], &mut Tables),
    scan: unsafe fn(&[u8], &[f16], &Tables, Position, &mut Estimates) -> u32,
}

const PORTABLE: Kernels = Kernels {
    name: "portable",
    dot: portable::dot,
    residual: portable::residual,
    rotate: portable::rotate,
    fill_tables: portable::fill_tables,
    scan: portable::scan,
};

#[cfg(target_arch = "x86_64")]
const AVX2: Kernels = Kernels {
    name: "avx2",
    dot: avx2::dot,
    residual: avx2::residual,
    rotate: avx2::rotate,
    fill_tables: avx2::fill_tables,
    scan: avx2::scan,
};

#[cfg(target_arch = "x86_64")]
const AVX512: Kernels = Kernels {
    name: "avx512",
    dot: avx512::dot,
    residual: avx512::residual,
    rotate: avx512::rotate,
    fill_tables: avx512::fill_tables,
    scan: avx512::scan,
};

/// What this processor can run, best first.
fn available() -> Vec<Kernels> {
    let mut kernels = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let wide = is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl");
        if avx2 && wide && is_x86_feature_detected!("avx512f") {
            kernels.push(AVX512);
        }
        if avx2 && is_x86_feature_detected!("f16c") {
            kernels.push(AVX2);
        }
    }
    kernels.push(PORTABLE);
    kernels
}

static BEST: LazyLock<Kernels> = LazyLock::new(|| available().swap_remove(0));

/// Which instructions the searches of this process use: `avx512`, `avx2` or `portable`.
pub fn kernels() -> &'static str {
    BEST.name
}

// SAFETY of all calls below: `BEST` holds only kernels whose processor features were detected, and apart from those
// features the functions are safe.

/// Inner product of two vectors of equal length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    unsafe { (BEST.dot)(a, b) }
}

/// Sums of the residual of two rotated vectors.
pub(crate) fn residual(vector: &[f32], centre: &[f32]) -> Residual {
    unsafe { (BEST.residual)(vector, centre) }
}

/// Rotates a padded vector in place.
pub(crate) fn rotate(signs: &[f32], vector: &mut [f32]) {
    unsafe { (BEST.rotate)(signs, vector) }
}

/// Fills the tables of a rotated query.
pub(crate) fn fill_tables(query: &[f32], tables: &mut Tables) {
    unsafe { (BEST.fill_tables)(query, tables) }
}

/// Estimates a block of codes; answers the lanes whose upper bound reaches the threshold.
pub(crate) fn scan(
    codes: &[u8],
    factors: &[f16],
    tables: &Tables,
    at: Position,
    into: &mut Estimates,
) -> u32 {
    unsafe { (BEST.scan)(codes, factors, tables, at, into) }
}

/// Asks for numbers that will be read soon.
pub(crate) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(values)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint without effect on memory, here of an address inside a slice.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().cast::<i8>().add(line)) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codes::{BLOCK, FACTORS, block_bytes};

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() <= 1e-4 * (1.0 + a.abs().max(b.abs()))
    }

    fn vector(sizes: impl Strategy<Value = usize>) -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        sizes.prop_flat_map(|size| {
            let one = || prop::collection::vec(-1.0f32..1.0, size);
            (one(), one())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn dot_agrees((a, b) in vector(0usize..700)) {
            let plain = portable::dot(&a, &b);
            let slow: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(a * b)).sum();
            prop_assert!(near(plain, slow as f32));
            for kernels in available() {
                prop_assert!(near(unsafe { (kernels.dot)(&a, &b) }, plain), "{}", kernels.name);
            }
        }

        #[test]
        fn residual_agrees((a, b) in vector((1usize..20).prop_map(|n| n * 64))) {
            let plain = portable::residual(&a, &b);
            for kernels in available() {
                let other = unsafe { (kernels.residual)(&a, &b) };
                prop_assert!(near(plain.square, other.square) && near(plain.absolute, other.absolute));
                prop_assert!(near(plain.centre, other.centre) && near(plain.signed_centre, other.signed_centre));
            }
        }

        #[test]
        fn rotate_agrees((a, signs) in vector((1usize..20).prop_map(|n| n * 64))) {
            let signs: Vec<f32> = signs.iter().cycle().take(4 * a.len()).map(|x| x.signum()).collect();
            let mut plain = a.clone();
            portable::rotate(&signs, &mut plain);
            for kernels in available() {
                let mut other = a.clone();
                unsafe { (kernels.rotate)(&signs, &mut other) };
                prop_assert!(plain.iter().zip(&other).all(|(a, b)| near(*a, *b)), "{}", kernels.name);
            }
        }

        #[test]
        fn scan_agrees(
            (query, _) in vector((1usize..33).prop_map(|n| n * 64)),
            seed in any::<u64>(),
            position in (-1.0f32..1.0, 0.0f32..2.0, -1.0f32..1.0),
        ) {
            let mut random = crate::rotation::Random::new(seed | 1);
            let codes: Vec<u8> = (0..block_bytes(query.len())).map(|_| random.next() as u8).collect();
            let factors: Vec<f16> =
                (0..FACTORS).map(|_| f16::from_f32(random.below(1000) as f32 / 1000.0)).collect();
            let at = Position { base: position.0, spread: position.1, threshold: position.2 };
            let mut tables = Tables { entries: vec![0; block_bytes(query.len())], ..Tables::default() };
            portable::fill_tables(&query, &mut tables);
            let mut plain = Estimates::NONE;
            portable::scan(&codes, &factors, &tables, at, &mut plain);
            for kernels in available() {
                let mut own = Tables { entries: vec![0; block_bytes(query.len())], ..Tables::default() };
                unsafe { (kernels.fill_tables)(&query, &mut own) };
                prop_assert!(own.entries.iter().zip(&tables.entries).all(|(a, b)| a.abs_diff(*b) <= 1));
                let mut other = Estimates::NONE;
                let lanes = unsafe { (kernels.scan)(&codes, &factors, &tables, at, &mut other) };
                for lane in 0..BLOCK {
                    prop_assert!(near(plain.estimate[lane], other.estimate[lane]), "{}", kernels.name);
                    prop_assert!(near(plain.upper[lane], other.upper[lane]), "{}", kernels.name);
                    prop_assert_eq!(lanes >> lane & 1 == 1, other.upper[lane] >= at.threshold);
                }
            }
        }
    }
}
