//! One SIMD register of any width, and the few functions of it that the model needs.
#![allow(unsafe_code)]

/// A register of [`Lanes::WIDTH`] floats.
///
/// # Safety argument
/// A value comes into being only by the `unsafe` constructors, whose callers promise that the CPU has the
/// instructions. Arithmetic on existing values is therefore safe.
pub(super) trait Lanes: Copy {
    /// Floats in a register.
    const WIDTH: usize;
    /// Rows of the largest tile whose sums (two registers a row) stay in registers.
    const ROWS: usize;

    /// All lanes `value`. The CPU must have the type's instructions.
    unsafe fn splat(value: f32) -> Self;
    /// Reads `WIDTH` floats. The CPU must have the type's instructions, and the floats must be readable.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads `count <= WIDTH` floats, the other lanes are zero. As [`Lanes::load`].
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes `WIDTH` floats, which must be writable.
    unsafe fn store(self, to: *mut f32);
    /// Writes the first `count <= WIDTH` floats, which must be writable.
    unsafe fn store_first(self, to: *mut f32, count: usize);

    fn like(self, value: f32) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// `self * by + plus`, rounded once where the CPU can.
    fn mul_add(self, by: Self, plus: Self) -> Self;
    fn abs(self) -> Self;
    /// This magnitude with the sign of `sign`.
    fn with_sign(self, sign: Self) -> Self;
    /// To the nearest integer, for magnitudes below 2^22.
    fn round(self) -> Self;
    /// `self * 2^n` for integral `n` in `-126..=127`.
    fn times_two_to(self, n: Self) -> Self;
    fn sum(self) -> f32;
    fn largest(self) -> f32;
}

/// `c[0] + x*(c[1] + x*(c[2] + …))`, with the coefficients from the highest power down.
#[inline(always)]
fn polynomial<L: Lanes, const N: usize>(x: L, coefficients: [f32; N]) -> L {
    let mut sum = x.like(coefficients[0]);
    for &c in &coefficients[1..] {
        sum = sum.mul_add(x, x.like(c));
    }
    sum
}

/// e^x to about 2 ulp; arguments beyond ±87 count as ±87. Cephes' polynomial.
#[inline(always)]
pub(super) fn exp<L: Lanes>(x: L) -> L {
    let x = x.max(x.like(-87.0)).min(x.like(87.0));
    let n = x.mul(x.like(std::f32::consts::LOG2_E)).round();
    // ln 2 in two parts, so that the remainder keeps its low bits
    let r = n.mul_add(x.like(-0.693_359_4), x);
    let r = n.mul_add(x.like(2.121_944_4e-4), r);
    let p = polynomial(r, [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5]);
    p.mul_add(r.mul(r), r).add(x.like(1.0)).times_two_to(n)
}

/// `x * Φ(x)` with the error function to 1.5e-7 (Abramowitz and Stegun 7.1.26).
#[inline(always)]
pub(super) fn gelu<L: Lanes>(x: L) -> L {
    let one = x.like(1.0);
    let z = x.mul(x.like(std::f32::consts::FRAC_1_SQRT_2));
    let magnitude = z.abs();
    let t = one.div(magnitude.mul_add(x.like(0.327_591_1), one));
    let p = polynomial(t, [1.061_405_4, -1.453_152, 1.421_413_8, -0.284_496_72, 0.254_829_6]).mul(t);
    let e = exp(magnitude.mul(magnitude).mul(x.like(-1.0)));
    let erf = one.sub(p.mul(e)).with_sign(z);
    x.mul(x.like(0.5)).mul(erf.add(one))
}

/// The hyperbolic tangent's form of GELU.
#[inline(always)]
pub(super) fn gelu_tanh<L: Lanes>(x: L) -> L {
    let one = x.like(1.0);
    let cubic = x.mul(x).mul_add(x.like(0.044_715), one);
    let u = x.mul(cubic).mul(x.like(0.797_884_6));
    // 0.5 * (1 + tanh u) = 1 - 1 / (e^2u + 1)
    let e = exp(u.add(u));
    x.mul(one.sub(one.div(e.add(one))))
}
