//! The algorithms, written once over [`Lanes`]; each instruction set instantiates them.
//!
//! Every function is `inline(always)`, so that it is compiled inside the caller that enables the instructions.
#![allow(unsafe_code)]

use super::lanes::{self, Lanes};
use super::{Activation, Gemm};

/// # Safety
/// The CPU must have the instructions of `L`, and [`Gemm::check`] must have passed with panels of
/// `2 * L::WIDTH` columns: the panels then hold whole registers, and rows and columns of `a` and `c` lie inside
/// their slices.
#[inline(always)]
pub(super) unsafe fn gemm<L: Lanes>(job: Gemm<'_>) {
    let width = 2 * L::WIDTH;
    let c = job.c.as_mut_ptr();
    for panel in 0..job.n.div_ceil(width) {
        let columns = panel * width..job.n.min((panel + 1) * width);
        let mut row = 0;
        while row < job.rows {
            row += unsafe { tiles::<L>(&job, c, panel, row, columns.len()) };
        }
        unsafe { activate::<L>(job.activation, c.add(columns.start), job.ldc, job.rows, columns.len()) };
    }
}

/// Computes the largest tile that fits the rows left; returns its rows.
#[inline(always)]
unsafe fn tiles<L: Lanes>(job: &Gemm<'_>, c: *mut f32, panel: usize, row: usize, columns: usize) -> usize {
    unsafe {
        match (job.rows - row).min(L::ROWS) {
            12.. => tile::<L, 12>(job, c, panel, row, columns),
            8.. => tile::<L, 8>(job, c, panel, row, columns),
            6.. => tile::<L, 6>(job, c, panel, row, columns),
            4.. => tile::<L, 4>(job, c, panel, row, columns),
            2.. => tile::<L, 2>(job, c, panel, row, columns),
            _ => tile::<L, 1>(job, c, panel, row, columns),
        }
    }
}

/// `ROWS` rows by one panel of columns: the sums stay in registers over the whole depth.
#[inline(always)]
unsafe fn tile<L: Lanes, const ROWS: usize>(
    job: &Gemm<'_>,
    c: *mut f32,
    panel: usize,
    row: usize,
    columns: usize,
) -> usize {
    unsafe {
        let width = 2 * L::WIDTH;
        let a = job.a.as_ptr().add(row * job.lda);
        let mut b = job.panels.as_ptr().add(panel * job.k * width);
        let mut sums = [[L::splat(0.0); 2]; ROWS];
        for k in 0..job.k {
            let (left, right) = (L::load(b), L::load(b.add(L::WIDTH)));
            b = b.add(width);
            for (r, sum) in sums.iter_mut().enumerate() {
                let x = L::splat(*a.add(r * job.lda + k));
                sum[0] = x.mul_add(left, sum[0]);
                sum[1] = x.mul_add(right, sum[1]);
            }
        }
        let scale = L::splat(job.scale);
        let bias = match job.bias {
            Some(bias) => {
                let bias = bias.as_ptr().add(panel * width);
                [L::load(bias), L::load(bias.add(L::WIDTH))]
            }
            None => [L::splat(0.0); 2],
        };
        for (r, sum) in sums.iter().enumerate() {
            let c = c.add((row + r) * job.ldc + panel * width);
            for half in 0..2 {
                let value = sum[half].mul_add(scale, bias[half]);
                let here = columns.saturating_sub(half * L::WIDTH).min(L::WIDTH);
                if here > 0 {
                    write(value, c.add(half * L::WIDTH), here, job.add);
                }
            }
        }
        ROWS
    }
}

/// Stores, or adds, the first `count` lanes.
#[inline(always)]
unsafe fn write<L: Lanes>(value: L, to: *mut f32, count: usize, add: bool) {
    unsafe {
        match (count == L::WIDTH, add) {
            (true, false) => value.store(to),
            (true, true) => value.add(L::load(to)).store(to),
            (false, false) => value.store_first(to, count),
            (false, true) => value.add(L::load_first(to, count)).store_first(to, count),
        }
    }
}

/// Applies the activation to a block while it is still in the nearest cache.
#[inline(always)]
unsafe fn activate<L: Lanes>(activation: Activation, c: *mut f32, ldc: usize, rows: usize, columns: usize) {
    for row in 0..rows {
        unsafe {
            let row = std::slice::from_raw_parts_mut(c.add(row * ldc), columns);
            match activation {
                Activation::None => return,
                Activation::Gelu => each::<L, _>(row, &mut Gelu),
                Activation::GeluTanh => each::<L, _>(row, &mut GeluTanh),
                Activation::Relu => each::<L, _>(row, &mut Relu),
            }
        }
    }
}

/// What happens to each register of a row. A trait and not a closure, for a closure cannot be told to be compiled
/// inside its caller, outside of which the instructions are not enabled and every one would be a call.
trait Step<L: Lanes> {
    /// The new value of the `count` floats from `at` on; other lanes are zero and not kept.
    ///
    /// # Safety
    /// The floats lie inside the row.
    unsafe fn step(&mut self, x: L, at: usize, count: usize) -> L;
}

/// Replaces each register of the row by the step's.
#[inline(always)]
unsafe fn each<L: Lanes, S: Step<L>>(row: &mut [f32], step: &mut S) {
    let whole = row.len() / L::WIDTH * L::WIDTH;
    let from = row.as_mut_ptr();
    unsafe {
        for at in (0..whole).step_by(L::WIDTH) {
            step.step(L::load(from.add(at)), at, L::WIDTH).store(from.add(at));
        }
        let rest = row.len() - whole;
        if rest > 0 {
            let x = L::load_first(from.add(whole), rest);
            step.step(x, whole, rest).store_first(from.add(whole), rest);
        }
    }
}

struct Gelu;
struct GeluTanh;
struct Relu;
struct Sum<L>(L);
/// Subtracts the mean and sums the squares.
struct Centre<L> {
    mean: L,
    squares: L,
}
/// `x * factor * gain + bias`.
struct Affine<'a, L> {
    factor: L,
    gain: &'a [f32],
    bias: &'a [f32],
}
/// `e^(x - top)`, and the sum of these.
struct Exp<L> {
    top: L,
    sum: L,
}

impl<L: Lanes> Step<L> for Gelu {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        lanes::gelu(x)
    }
}

impl<L: Lanes> Step<L> for GeluTanh {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        lanes::gelu_tanh(x)
    }
}

impl<L: Lanes> Step<L> for Relu {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        x.max(x.like(0.0))
    }
}

impl<L: Lanes> Step<L> for Sum<L> {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        self.0 = self.0.add(x);
        x
    }
}

impl<L: Lanes> Step<L> for Centre<L> {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        let centred = x.sub(self.mean);
        self.squares = centred.mul_add(centred, self.squares);
        centred
    }
}

impl<L: Lanes> Step<L> for Affine<'_, L> {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, at: usize, count: usize) -> L {
        unsafe {
            let (gain, bias) = (self.gain.as_ptr().add(at), self.bias.as_ptr().add(at));
            let (gain, bias) = match count == L::WIDTH {
                true => (L::load(gain), L::load(bias)),
                false => (L::load_first(gain, count), L::load_first(bias, count)),
            };
            x.mul(self.factor).mul_add(gain, bias)
        }
    }
}

impl<L: Lanes> Step<L> for Exp<L> {
    #[inline(always)]
    unsafe fn step(&mut self, x: L, _: usize, _: usize) -> L {
        let e = lanes::exp(x.sub(self.top));
        self.sum = self.sum.add(e);
        e
    }
}

/// # Safety
/// The CPU must have the instructions of `L`; `gain` and `bias` are as long as a row, and `rows` are whole rows.
#[inline(always)]
pub(super) unsafe fn layer_norm<L: Lanes>(rows: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    let width = gain.len();
    for row in rows.chunks_exact_mut(width) {
        unsafe {
            let mut sum = Sum(L::splat(0.0));
            each(row, &mut sum);
            let mean = sum.0.sum() / width as f32;
            let mut centre = Centre { mean: L::splat(mean), squares: L::splat(0.0) };
            each(row, &mut centre);
            // the lanes past the end were read as zero and counted as -mean
            let beyond = (width.next_multiple_of(L::WIDTH) - width) as f32;
            let variance = ((centre.squares.sum() - beyond * mean * mean) / width as f32).max(0.0);
            let factor = L::splat(1.0 / (variance + epsilon).sqrt());
            each(row, &mut Affine { factor, gain, bias });
        }
    }
}

/// Replaces the row by e^(x - max), after adding `bias`; returns 1 over the sum of the exponentials.
///
/// # Safety
/// The CPU must have the instructions of `L`, and `bias` has the row's length.
#[inline(always)]
pub(super) unsafe fn softmax<L: Lanes>(row: &mut [f32], bias: Option<&[f32]>) -> f32 {
    for (x, bias) in row.iter_mut().zip(bias.unwrap_or_default()) {
        *x += bias;
    }
    // lanes past the end would count, so the rest goes through a step of its own
    let (whole, rest) = row.split_at_mut(row.len() / L::WIDTH * L::WIDTH);
    unsafe {
        let mut largest = L::splat(f32::NEG_INFINITY);
        for at in (0..whole.len()).step_by(L::WIDTH) {
            largest = largest.max(L::load(whole.as_ptr().add(at)));
        }
        let mut top = largest.largest();
        for &x in rest.iter() {
            top = top.max(x);
        }
        let mut exp = Exp { top: L::splat(top), sum: L::splat(0.0) };
        each(whole, &mut exp);
        let sum = exp.sum.sum();
        each(rest, &mut exp);
        1.0 / (sum + rest.iter().sum::<f32>())
    }
}
