//! The numeric kernels: matrix product with a fused end, layer normalisation and softmax, in fp32.
//!
//! The algorithms are written once over a register type (`lanes`, `generic`); each instruction set is one small
//! module that supplies the register. The fastest set that the CPU has is chosen when the program runs.
//! A narrower number format (bf16, int8) becomes another packed form with its own product beside [`Gemm`].
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod generic;
mod lanes;
mod panels;
mod portable;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use panels::{AlignedFloats, pack_columns, pack_rows, panels_len};

/// What is applied to a linear layer's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    None,
    /// With the error function.
    Gelu,
    /// With the hyperbolic tangent.
    GeluTanh,
    Relu,
}

/// `c = activation(scale * a·b + bias)`, or `c += …`.
pub(crate) struct Gemm<'a> {
    /// Rows of `k` floats, `lda` apart.
    pub a: &'a [f32],
    pub lda: usize,
    pub rows: usize,
    /// The matrix of `k` rows and `n` columns, packed into panels of [`Kernels::panel`] columns.
    pub panels: &'a [f32],
    pub k: usize,
    pub n: usize,
    /// One float a column, filled up to whole panels.
    pub bias: Option<&'a [f32]>,
    pub scale: f32,
    pub activation: Activation,
    /// Adds to `c` instead of replacing it. The activation then sees the sum.
    pub add: bool,
    /// Rows of `n` floats, `ldc` apart.
    pub c: &'a mut [f32],
    pub ldc: usize,
}

impl Gemm<'_> {
    /// Asserts what makes the unchecked reads and writes safe.
    fn check(&self, panel: usize) {
        let padded = self.n.next_multiple_of(panel);
        assert!(self.lda >= self.k && self.ldc >= self.n, "rows overlap");
        assert!(self.rows == 0 || self.a.len() >= (self.rows - 1) * self.lda + self.k, "a is too short");
        assert!(self.rows == 0 || self.c.len() >= (self.rows - 1) * self.ldc + self.n, "c is too short");
        assert!(self.panels.len() >= padded * self.k, "the panels are too short");
        assert!(self.bias.is_none_or(|bias| bias.len() >= padded), "the bias is too short");
    }
}

/// One instruction set's functions.
pub(crate) struct Kernels {
    pub name: &'static str,
    /// Columns of a packed panel.
    pub panel: usize,
    gemm: unsafe fn(Gemm<'_>),
    layer_norm: unsafe fn(&mut [f32], &[f32], &[f32], f32),
    softmax: unsafe fn(&mut [f32], Option<&[f32]>) -> f32,
}

// SAFETY of the calls below: `Kernels` are handed out by `available` only, which has asked the CPU, and the
// lengths are asserted here.
impl Kernels {
    /// The fastest of [`Kernels::available`].
    pub fn best() -> &'static Self {
        Self::available()[0]
    }

    /// What this CPU can run, fastest first; the portable ones are always there.
    pub fn available() -> Vec<&'static Self> {
        #[allow(unused_mut)]
        let mut sets = vec![&portable::KERNELS];
        #[cfg(target_arch = "x86_64")]
        {
            if avx2::supported() {
                sets.insert(0, &avx2::KERNELS);
            }
            if avx512::supported() {
                sets.insert(0, &avx512::KERNELS);
            }
        }
        sets
    }

    pub fn gemm(&self, job: Gemm<'_>) {
        job.check(self.panel);
        unsafe { (self.gemm)(job) }
    }

    /// Normalises each row to mean 0 and variance 1, then scales by `gain` and shifts by `bias`.
    pub fn layer_norm(&self, rows: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
        assert!(gain.len() == bias.len() && rows.len().is_multiple_of(gain.len()), "rows of another width");
        unsafe { (self.layer_norm)(rows, gain, bias, epsilon) }
    }

    /// Adds `bias` and replaces the row by `e^(x - max)`; returns 1 over their sum, by which the caller
    /// multiplies what it makes of them.
    pub fn softmax(&self, row: &mut [f32], bias: Option<&[f32]>) -> f32 {
        assert!(bias.is_none_or(|bias| bias.len() == row.len()), "bias of another length");
        unsafe { (self.softmax)(row, bias) }
    }
}

impl fmt::Debug for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
