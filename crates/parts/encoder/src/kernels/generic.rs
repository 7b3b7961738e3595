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
                Activation::Gelu => map::<L>(row, lanes::gelu),
                Activation::GeluTanh => map::<L>(row, lanes::gelu_tanh),
                Activation::Relu => map::<L>(row, |x| x.max(x.like(0.0))),
            }
        }
    }
}

#[inline(always)]
unsafe fn map<L: Lanes>(row: &mut [f32], f: impl Fn(L) -> L) {
    unsafe { fold::<L, ()>(row, (), |x, ()| (f(x), ())) }
}

/// Replaces each register of the row by `f`'s, handing a state along. Lanes past the end are read as zero and
/// not written.
#[inline(always)]
unsafe fn fold<L: Lanes, S>(row: &mut [f32], mut state: S, f: impl Fn(L, S) -> (L, S)) -> S {
    let whole = row.len() / L::WIDTH * L::WIDTH;
    let at = row.as_mut_ptr();
    for i in (0..whole).step_by(L::WIDTH) {
        let (value, next) = f(unsafe { L::load(at.add(i)) }, state);
        unsafe { value.store(at.add(i)) };
        state = next;
    }
    let rest = row.len() - whole;
    if rest > 0 {
        let (value, next) = f(unsafe { L::load_first(at.add(whole), rest) }, state);
        unsafe { value.store_first(at.add(whole), rest) };
        state = next;
    }
    state
}

/// # Safety
/// The CPU must have the instructions of `L`; `gain` and `bias` have `width` floats and `rows` is a multiple.
#[inline(always)]
pub(super) unsafe fn layer_norm<L: Lanes>(rows: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    let width = gain.len();
    for row in rows.chunks_exact_mut(width) {
        unsafe {
            let sum = fold::<L, L>(row, L::splat(0.0), |x, sum| (x, sum.add(x)));
            let mean = sum.sum() / width as f32;
            let mean_lanes = L::splat(mean);
            let squares = fold::<L, L>(row, L::splat(0.0), |x, sum| {
                let centred = x.sub(mean_lanes);
                (centred, centred.mul_add(centred, sum))
            });
            // the lanes past the end were read as zero and counted as -mean
            let beyond = (width.next_multiple_of(L::WIDTH) - width) as f32;
            let variance = ((squares.sum() - beyond * mean * mean) / width as f32).max(0.0);
            let inverse = L::splat(1.0 / (variance + epsilon).sqrt());
            scale_and_shift(row, inverse, gain, bias);
        }
    }
}

#[inline(always)]
unsafe fn scale_and_shift<L: Lanes>(row: &mut [f32], factor: L, gain: &[f32], bias: &[f32]) {
    let (gain, bias, len) = (gain.as_ptr(), bias.as_ptr(), row.len());
    unsafe {
        fold::<L, usize>(row, 0, |x, i| {
            let count = L::WIDTH.min(len - i);
            let (gain, bias) = if count == L::WIDTH {
                (L::load(gain.add(i)), L::load(bias.add(i)))
            } else {
                (L::load_first(gain.add(i), count), L::load_first(bias.add(i), count))
            };
            (x.mul(factor).mul_add(gain, bias), i + L::WIDTH)
        });
    }
}

/// Replaces the row by e^(x - max), after adding `bias`; returns 1 over the sum of the exponentials.
///
/// # Safety
/// The CPU must have the instructions of `L`, and `bias` has the row's length.
#[inline(always)]
pub(super) unsafe fn softmax<L: Lanes>(row: &mut [f32], bias: Option<&[f32]>) -> f32 {
    unsafe {
        if let Some(bias) = bias {
            add(row, bias);
        }
        let mut largest = L::splat(f32::NEG_INFINITY);
        let whole = row.len() / L::WIDTH * L::WIDTH;
        for i in (0..whole).step_by(L::WIDTH) {
            largest = largest.max(L::load(row.as_ptr().add(i)));
        }
        let top = row[whole..].iter().fold(largest.largest(), |a, &b| a.max(b));
        let top = L::splat(top);
        let sum = fold::<L, L>(&mut row[..whole], L::splat(0.0), |x, sum| {
            let e = lanes::exp(x.sub(top));
            (e, sum.add(e))
        });
        let mut total = sum.sum();
        let rest = &mut row[whole..];
        if !rest.is_empty() {
            map::<L>(rest, |x| lanes::exp(x.sub(top)));
            total += rest.iter().sum::<f32>();
        }
        1.0 / total
    }
}

#[inline(always)]
fn add(row: &mut [f32], bias: &[f32]) {
    for (x, b) in row.iter_mut().zip(bias) {
        *x += b;
    }
}
