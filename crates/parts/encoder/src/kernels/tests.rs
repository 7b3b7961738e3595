use proptest::prelude::*;

use super::*;

fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::None => x,
        Activation::Gelu => 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2)),
        Activation::GeluTanh => {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
        }
        Activation::Relu => x.max(0.0),
    }
}

/// The error function by its Taylor series, good for the magnitudes used here.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / n as f64;
        sum += term / (2 * n + 1) as f64;
    }
    2.0 / std::f64::consts::PI.sqrt() * sum
}

/// Any sizes, multiples of a register or not, equal to the textbook's loop in double precision.
fn check_gemm(
    kernels: &Kernels,
    (rows, k, n): (usize, usize, usize),
    activation: Activation,
    add: bool,
    seed: u64,
) {
    let (lda, ldc) = (k + seed as usize % 3, n + seed as usize % 5);
    let (a, b) = (numbers(seed, rows * lda), numbers(seed + 1, n * k));
    let padded = n.next_multiple_of(kernels.panel);
    let mut bias = numbers(seed + 2, n);
    bias.resize(padded, 0.0);
    let before = numbers(seed + 3, rows * ldc);
    let mut panels = AlignedFloats::zeros(panels_len(k, n, kernels.panel));
    pack_columns(b.chunks(k), k, kernels.panel, panels.as_mut_slice());
    let mut c = before.clone();
    let scale = 0.5;
    kernels.gemm(Gemm {
        a: &a,
        lda,
        rows,
        panels: panels.as_slice(),
        k,
        n,
        bias: Some(&bias),
        scale,
        activation,
        add,
        c: &mut c,
        ldc,
    });
    for row in 0..rows {
        for column in 0..ldc {
            let at = row * ldc + column;
            if column >= n {
                assert_eq!(c[at], before[at], "wrote beyond the row");
                continue;
            }
            let dot: f64 = (0..k).map(|i| f64::from(a[row * lda + i]) * f64::from(b[column * k + i])).sum();
            let mut want = dot * f64::from(scale) + f64::from(bias[column]);
            if add {
                want += f64::from(before[at]);
            }
            let want = activate(activation, want);
            let near = 2e-6 * (1.0 + (k as f64).sqrt()) + 1e-6 * want.abs();
            assert!(
                (f64::from(c[at]) - want).abs() < near,
                "{} {row},{column}: {} {want}",
                kernels.name,
                c[at]
            );
        }
    }
}

proptest! {
    #[test]
    fn product_equals_the_textbook(rows in 1usize..40, k in 1usize..70, n in 1usize..90,
                                   which in 0usize..4, add: bool, seed in 0u64..1000) {
        let activation =
            [Activation::None, Activation::Gelu, Activation::GeluTanh, Activation::Relu][which];
        for kernels in Kernels::available() {
            check_gemm(kernels, (rows, k, n), activation, add, seed);
        }
    }

    #[test]
    fn packing_by_rows_equals_packing_by_columns(k in 1usize..40, n in 1usize..80, seed in 0u64..1000) {
        let by_rows = numbers(seed, k * n);
        let by_columns: Vec<f32> = (0..n * k).map(|i| by_rows[(i % k) * n + i / k]).collect();
        for kernels in Kernels::available() {
            let mut left = vec![0.0; panels_len(k, n, kernels.panel)];
            let mut right = left.clone();
            pack_rows(by_rows.chunks(n), k, kernels.panel, &mut left);
            pack_columns(by_columns.chunks(k), k, kernels.panel, &mut right);
            prop_assert_eq!(left, right);
        }
    }

    #[test]
    fn layer_norm_equals_the_textbook(rows in 1usize..4, width in 1usize..100, seed in 0u64..1000) {
        let (gain, bias) = (numbers(seed, width), numbers(seed + 1, width));
        let before: Vec<f32> = numbers(seed + 2, rows * width).iter().map(|x| x * 3.0 + 1.0).collect();
        for kernels in Kernels::available() {
            let mut after = before.clone();
            kernels.layer_norm(&mut after, &gain, &bias, 1e-5);
            for (row, got) in before.chunks(width).zip(after.chunks(width)) {
                let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / width as f64;
                let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / width as f64;
                for i in 0..width {
                    let want = (f64::from(row[i]) - mean) / (variance + 1e-5).sqrt() * f64::from(gain[i])
                        + f64::from(bias[i]);
                    // a single column has variance 0, where rounding is all there is
                    let near = if width == 1 { 1e-3 } else { 2e-4 };
                    prop_assert!((f64::from(got[i]) - want).abs() < near, "{} {} {}", kernels.name, got[i], want);
                }
            }
        }
    }

    #[test]
    fn softmax_equals_the_textbook(width in 1usize..100, biased: bool, seed in 0u64..1000) {
        let before: Vec<f32> = numbers(seed, width).iter().map(|x| x * 30.0).collect();
        let bias = biased.then(|| numbers(seed + 1, width));
        let sums: Vec<f64> =
            (0..width).map(|i| f64::from(before[i]) + bias.as_ref().map_or(0.0, |b| f64::from(b[i]))).collect();
        let top = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = sums.iter().map(|x| (x - top).exp()).sum();
        for kernels in Kernels::available() {
            let mut row = before.clone();
            let inverse = kernels.softmax(&mut row, bias.as_deref());
            for i in 0..width {
                let want = (sums[i] - top).exp() / total;
                prop_assert!((f64::from(row[i] * inverse) - want).abs() < 1e-6, "{}", kernels.name);
            }
        }
    }
}
