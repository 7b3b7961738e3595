//! AVX-512: 16 floats a register, 32 registers.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::lanes::Lanes;
use super::{Gemm, Kernels, generic};

/// Kernels for CPUs with AVX-512F.
///
/// # Safety
/// Its functions may run only where [`supported`] holds.
pub(super) static KERNELS: Kernels =
    Kernels { name: "avx512", panel: 2 * Zmm::WIDTH, gemm, layer_norm, softmax };

pub(super) fn supported() -> bool {
    is_x86_feature_detected!("avx512f")
}

#[target_feature(enable = "avx512f")]
unsafe fn gemm(job: Gemm<'_>) {
    unsafe { generic::gemm::<Zmm>(job) }
}

#[target_feature(enable = "avx512f")]
unsafe fn layer_norm(rows: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    unsafe { generic::layer_norm::<Zmm>(rows, gain, bias, epsilon) }
}

#[target_feature(enable = "avx512f")]
unsafe fn softmax(row: &mut [f32], bias: Option<&[f32]>) -> f32 {
    unsafe { generic::softmax::<Zmm>(row, bias) }
}

#[derive(Clone, Copy)]
struct Zmm(__m512);

#[inline(always)]
fn mask(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

// SAFETY of the arithmetic below: a `Zmm` exists only on a CPU with AVX-512F (see `Lanes`).
impl Lanes for Zmm {
    const WIDTH: usize = 16;
    const ROWS: usize = 12;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(unsafe { _mm512_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        Self(unsafe { _mm512_maskz_loadu_ps(mask(count), from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        unsafe { _mm512_mask_storeu_ps(to, mask(count), self.0) }
    }
    #[inline(always)]
    fn like(self, value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(unsafe { _mm512_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul_add(self, by: Self, plus: Self) -> Self {
        Self(unsafe { _mm512_fmadd_ps(self.0, by.0, plus.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm512_abs_ps(self.0) })
    }
    #[inline(always)]
    fn with_sign(self, sign: Self) -> Self {
        // bit by bit: the sign bit from `sign`, the others from `self`
        const SELECT: i32 = 0b1101_1000;
        unsafe {
            let sign_bit = _mm512_set1_epi32(i32::MIN);
            let (a, b) = (_mm512_castps_si512(self.0), _mm512_castps_si512(sign.0));
            Self(_mm512_castsi512_ps(_mm512_ternarylogic_epi32::<SELECT>(a, b, sign_bit)))
        }
    }
    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }
    #[inline(always)]
    fn times_two_to(self, n: Self) -> Self {
        Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe { _mm512_reduce_add_ps(self.0) }
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        unsafe { _mm512_reduce_max_ps(self.0) }
    }
}
