use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its id.
    pub row: u64,
    /// Its cosine with the query, from the stored vector.
    pub similarity: f32,
}

/// Better neighbours are less: the similar before the dissimilar, then the lower row id.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked(Neighbour);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        other.0.similarity.total_cmp(&self.0.similarity).then(self.0.row.cmp(&other.0.row))
    }
}

/// The best `k` neighbours seen.
#[derive(Debug)]
pub(crate) struct Top {
    k: usize,
    worst_first: BinaryHeap<Ranked>,
}

impl Top {
    pub(crate) fn new(k: usize) -> Top {
        Top { k, worst_first: BinaryHeap::with_capacity(k.min(1024) + 1) }
    }

    /// How many it takes.
    pub(crate) fn wanted(&self) -> usize {
        self.k
    }

    /// The similarity below which nothing is let in any more.
    pub(crate) fn threshold(&self) -> f32 {
        if self.worst_first.len() < self.k {
            return f32::NEG_INFINITY;
        }
        self.worst_first.peek().map_or(f32::INFINITY, |worst| worst.0.similarity)
    }

    pub(crate) fn push(&mut self, neighbour: Neighbour) {
        self.worst_first.push(Ranked(neighbour));
        if self.worst_first.len() > self.k {
            self.worst_first.pop();
        }
    }

    /// Best first.
    pub(crate) fn into_sorted(self) -> Vec<Neighbour> {
        self.worst_first.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect()
    }
}
