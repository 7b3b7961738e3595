//! Data for the tests: reproducible vectors, easy and hard.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // each test uses a part

use std::path::Path;
use std::sync::Arc;

use catalejo_vectors::{Segment, SegmentView, write_segment};

/// A small generator of reproducible numbers (xorshift64*).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// Standard normal (sum of uniforms).
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

/// Vectors and the cluster each was drawn from.
pub struct Data {
    pub vectors: Vec<Vec<f32>>,
    pub clusters: Vec<usize>,
}

/// Well separated clusters of unit vectors.
pub fn clustered(n: usize, dimensions: usize, clusters: usize, seed: u64) -> Data {
    generate(n, dimensions, clusters, seed, |_| 1.0, 0.55)
}

/// Power-law spectrum and overlapping centres: most of the variance lies in few directions, which clusters share.
pub fn hard(n: usize, dimensions: usize, clusters: usize, seed: u64) -> Data {
    generate(n, dimensions, clusters, seed, |d| (1.0 + d as f32).powf(-0.5), 1.2)
}

fn generate(
    n: usize,
    dimensions: usize,
    clusters: usize,
    seed: u64,
    scale: impl Fn(usize) -> f32,
    noise: f32,
) -> Data {
    let mut random = Random(seed | 1);
    let scales: Vec<f32> = (0..dimensions).map(scale).collect();
    let mut draw = |around: Option<&[f32]>, spread: f32| -> Vec<f32> {
        (0..dimensions).map(|d| around.map_or(0.0, |c| c[d]) + spread * scales[d] * random.normal()).collect()
    };
    let centres: Vec<Vec<f32>> = (0..clusters).map(|_| draw(None, 1.0)).collect();
    let clusters: Vec<usize> = (0..n).map(|i| (i * 7919) % clusters).collect();
    let vectors = clusters.iter().map(|&c| draw(Some(&centres[c]), noise)).collect();
    Data { vectors, clusters }
}

/// Writes vectors as one segment, their positions as row ids, and opens it.
pub fn segment(dir: &Path, name: &str, vectors: &[Vec<f32>]) -> SegmentView {
    let rows = vectors.iter().enumerate().map(|(row, vector)| (row as u64, vector));
    write_segment(dir, name, vectors[0].len(), rows).unwrap().unwrap();
    SegmentView::new(open(dir, name), [])
}

pub fn open(dir: &Path, name: &str) -> Arc<Segment> {
    Segment::open(&dir.join(name)).unwrap()
}
