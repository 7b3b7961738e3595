//! k-means on a sample, then every row to its nearest centroid (Lloyd's algorithm; assignment goes through the
//! centroids' own codes). Rows are read and rotated as they are needed, so memory holds only the centroids.

use std::sync::atomic::AtomicBool;

use crate::build::{Source, proceed};
use crate::centroids::{CentroidSet, Centroids, Probe};
use crate::codes::Tables;
use crate::error::Result;
use crate::kernels::dot;
use crate::rotation::{Random, Rotation};

/// Rounds of training.
const ROUNDS: usize = 8;
/// Rows trained on for each list.
const SAMPLE: usize = 40;
/// Rows between two looks at the cancel flag, after which their memory is given back.
const CHUNK: usize = 1024;

/// Rows divided into lists.
#[derive(Debug)]
pub(crate) struct Partition {
    /// Rotated, the mean of their rows.
    pub(crate) centroids: Vec<f32>,
    /// The list of each row of the source. Every list has a row.
    pub(crate) list_of: Vec<u32>,
}

/// Divides all rows into about `lists` lists of near rows.
pub(crate) fn partition(
    source: &impl Source,
    rotation: &Rotation,
    lists: usize,
    cancel: &AtomicBool,
) -> Result<Partition> {
    let padded = rotation.padded();
    let mut rows = Assigner::new(source, rotation);
    let mut centroids = vec![0.0; padded];
    if lists > 1 {
        let mut random = Random::new(0xC0FF_EE11);
        let sample: Vec<usize> = (0..SAMPLE * lists).map(|_| random.below(source.len())).collect();
        centroids = rows.gather(&sample[..lists]);
        let mut list_of = Vec::new();
        for round in 0..ROUNDS {
            let set = CentroidSet::new(padded, centroids);
            let sums = rows.assign(set.as_centroids(), sample.iter().copied(), &mut list_of, cancel)?;
            centroids = sums.means(set.as_centroids());
            if round + 1 < ROUNDS {
                reseed(&mut centroids, &sums.counts, padded, &mut random);
            }
        }
    }
    let set = CentroidSet::new(padded, centroids);
    let mut list_of = Vec::new();
    let all = (0..source.len()).inspect(|&row| {
        if row % CHUNK == 0 {
            source.read_ahead(row + CHUNK..row + 2 * CHUNK);
        }
    });
    let sums = rows.assign(set.as_centroids(), all, &mut list_of, cancel)?;
    Ok(without_empty(padded, sums.means(set.as_centroids()), &sums.counts, list_of))
}

/// Moves the centroids of tiny lists beside those of the largest ones, so that lists become about equally long.
fn reseed(centroids: &mut [f32], counts: &[u32], padded: usize, random: &mut Random) {
    let average = counts.iter().sum::<u32>() / counts.len() as u32;
    let mut large: Vec<usize> = (0..counts.len()).filter(|&list| counts[list] > 2 * average).collect();
    large.sort_by_key(|&list| std::cmp::Reverse(counts[list]));
    let tiny = (0..counts.len()).filter(|&list| counts[list] < average / 8);
    for (to, from) in tiny.zip(large) {
        for at in 0..padded {
            let jitter = (random.below(2001) as f32 / 1000.0 - 1.0) * 1e-3;
            centroids[to * padded + at] = centroids[from * padded + at] + jitter;
        }
    }
}

fn without_empty(padded: usize, centroids: Vec<f32>, counts: &[u32], mut list_of: Vec<u32>) -> Partition {
    let mut kept = Vec::with_capacity(centroids.len());
    let mut renamed = vec![0; counts.len()];
    for (list, centroid) in centroids.chunks_exact(padded).enumerate() {
        renamed[list] = (kept.len() / padded) as u32;
        if counts[list] > 0 {
            kept.extend_from_slice(centroid);
        }
    }
    list_of.iter_mut().for_each(|list| *list = renamed[*list as usize]);
    Partition { centroids: kept, list_of }
}

/// Sums over the rows of each list.
struct Sums {
    vectors: Vec<f32>,
    counts: Vec<u32>,
}

impl Sums {
    /// The lists' means; a list without rows keeps its centroid.
    fn means(&self, centroids: Centroids<'_>) -> Vec<f32> {
        let mut means = Vec::with_capacity(self.vectors.len());
        for (list, &count) in self.counts.iter().enumerate() {
            let sum = &self.vectors[list * centroids.padded..(list + 1) * centroids.padded];
            if count == 0 {
                means.extend_from_slice(centroids.get(list));
            } else {
                means.extend(sum.iter().map(|sum| sum / count as f32));
            }
        }
        means
    }
}

/// Rotates rows and finds their centroids, with scratch that is kept.
struct Assigner<'a, S> {
    source: &'a S,
    rotation: &'a Rotation,
    vector: Vec<f32>,
    tables: Tables,
    lower: Vec<f32>,
}

impl<'a, S: Source> Assigner<'a, S> {
    fn new(source: &'a S, rotation: &'a Rotation) -> Self {
        let vector = vec![0.0; rotation.padded()];
        Assigner { source, rotation, vector, tables: Tables::default(), lower: Vec::new() }
    }

    /// The rotated vectors of some rows.
    fn gather(&mut self, rows: &[usize]) -> Vec<f32> {
        let mut gathered = Vec::with_capacity(rows.len() * self.vector.len());
        for &row in rows {
            self.rotation.apply(self.source.vector(row), &mut self.vector);
            gathered.extend_from_slice(&self.vector);
        }
        gathered
    }

    /// Finds the list of each row, given the rows' lists of the round before or none.
    fn assign(
        &mut self,
        centroids: Centroids<'_>,
        rows: impl Iterator<Item = usize>,
        list_of: &mut Vec<u32>,
        cancel: &AtomicBool,
    ) -> Result<Sums> {
        let padded = centroids.padded;
        let mut sums =
            Sums { vectors: vec![0.0; centroids.len() * padded], counts: vec![0; centroids.len()] };
        for (at, row) in rows.enumerate() {
            if at % CHUNK == 0 {
                proceed(cancel)?;
                self.source.give_back();
            }
            self.rotation.apply(self.source.vector(row), &mut self.vector);
            let list = self.nearest(centroids, list_of.get(at).map(|&list| list as usize));
            match list_of.get_mut(at) {
                Some(known) => *known = list as u32,
                None => list_of.push(list as u32),
            }
            sums.counts[list] += 1;
            let sum = &mut sums.vectors[list * padded..(list + 1) * padded];
            sum.iter_mut().zip(&self.vector).for_each(|(sum, x)| *sum += x);
        }
        Ok(sums)
    }

    fn nearest(&mut self, centroids: Centroids<'_>, before: Option<usize>) -> usize {
        if centroids.len() == 1 {
            return 0;
        }
        self.tables.fill(&self.vector);
        let square = dot(&self.vector, &self.vector);
        let probe = Probe { vector: &self.vector, tables: &self.tables, square };
        centroids.nearest(&probe, before, &mut self.lower).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(Vec<[f32; 2]>);

    impl Source for Rows {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn row(&self, i: usize) -> u64 {
            i as u64
        }

        fn vector(&self, i: usize) -> &[f32] {
            &self.0[i]
        }
    }

    #[test]
    fn near_rows_share_a_list() {
        let around = |angle: f32| [angle.cos(), angle.sin()];
        let rows = Rows((0..900).map(|i| around((i % 3) as f32 * 2.0 + (i / 3) as f32 * 1e-4)).collect());
        let found = partition(&rows, &Rotation::new(2), 3, &AtomicBool::new(false)).unwrap();
        assert_eq!(found.list_of.len(), 900);
        for i in 3..900 {
            assert_eq!(found.list_of[i], found.list_of[i % 3], "row {i}");
        }
    }

    #[test]
    fn equal_rows_make_no_empty_lists() {
        let rows = Rows(vec![[1.0, 0.0]; 5000]);
        let found = partition(&rows, &Rotation::new(2), 20, &AtomicBool::new(false)).unwrap();
        let lists = found.centroids.len() / 64;
        assert!((0..lists).all(|list| found.list_of.contains(&(list as u32))));
        assert!(found.list_of.iter().all(|&list| (list as usize) < lists));
    }
}
