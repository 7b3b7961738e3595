use crate::kernels;

/// Rounds of signs and mixing; after four, any vector's components look drawn from one normal distribution.
pub(crate) const ROUNDS: usize = 4;
/// Padded dimensions are a multiple of this, so that no kernel on rotated vectors has a remainder.
const STEP: usize = 64;

/// A random rotation into a space of `padded` dimensions, the same for every segment of equal dimensions (and part of
/// the file format). It spreads each vector evenly over its components, which is what 1-bit codes need.
///
/// A round flips signs, mixes a power of two of the components by a Hadamard transform (the first or the last ones in
/// turn) and mixes the halves pairwise: O(n log n) instead of a matrix.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// `ROUNDS` rows of 1 or -1.
    signs: Vec<f32>,
    padded: usize,
}

impl Rotation {
    pub(crate) fn new(dimensions: usize) -> Rotation {
        let padded = padded(dimensions);
        let mut random = Random::new(0x9E37_79B9_7F4A_7C15);
        let signs = (0..ROUNDS * padded).map(|_| if random.next() >> 63 == 1 { -1.0 } else { 1.0 });
        Rotation { signs: signs.collect(), padded }
    }

    /// Dimensions of a rotated vector.
    pub(crate) fn padded(&self) -> usize {
        self.padded
    }

    /// Rotates `vector` into `into`, which has `padded` components.
    pub(crate) fn apply(&self, vector: &[f32], into: &mut [f32]) {
        into[..vector.len()].copy_from_slice(vector);
        into[vector.len()..].fill(0.0);
        kernels::rotate(&self.signs, into);
    }
}

/// Dimensions of the rotated vectors.
pub(crate) fn padded(dimensions: usize) -> usize {
    dimensions.next_multiple_of(STEP)
}

/// Reproducible random numbers (xorshift64*): builds of equal rows give equal files.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// `seed` must not be 0.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::dot;

    #[test]
    fn inner_products_survive() {
        for dimensions in [1, 3, 64, 100, 384, 768, 4096] {
            let rotation = Rotation::new(dimensions);
            let mut random = Random::new(7);
            let mut draw =
                || (0..dimensions).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect::<Vec<_>>();
            let (a, b) = (draw(), draw());
            let rotated = |v: &[f32]| {
                let mut into = vec![f32::NAN; rotation.padded()];
                rotation.apply(v, &mut into);
                into
            };
            let (before, after) = (dot(&a, &b), dot(&rotated(&a), &rotated(&b)));
            let size = dot(&a, &a).sqrt() * dot(&b, &b).sqrt();
            assert!((before - after).abs() <= 1e-5 * size.max(1.0), "{dimensions}: {before} {after}");
        }
    }

    #[test]
    fn a_single_component_is_spread_evenly() {
        for dimensions in [64, 100, 384, 768] {
            let rotation = Rotation::new(dimensions);
            let mut into = vec![0.0; rotation.padded()];
            let mut unit = vec![0.0; dimensions];
            unit[dimensions / 2] = 1.0;
            rotation.apply(&unit, &mut into);
            let largest = into.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
            assert!(largest < 6.0 / (rotation.padded() as f32).sqrt(), "{dimensions}: {largest}");
        }
    }
}
