//! Approximate search: the lists of all segments in one queue, the most promising first, until none can hold a nearer
//! row; their codes estimate which rows to compare with the query.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use roaring::RoaringTreemap;

use crate::calibrate::bound;
use crate::centroids::{Probe, coded};
use crate::codes::{BLOCK, Estimates, Position, ROUNDING, Tables};
use crate::filter::Passing;
use crate::kernels::{dot, prefetch};
use crate::rotation::Rotation;
use crate::top::{Neighbour, Top};
use crate::view::{SegmentView, first_bits};

/// Standard deviations by which a row may be nearer than its code says.
const CONFIDENCE: f32 = 2.5;
/// Candidates compared before those that fell below the threshold are dropped.
const BATCH: usize = 24;
/// Candidates whose vectors are fetched ahead of their comparison.
const AHEAD: usize = 4;

/// A segment and those of its rows that may be answered.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) view: &'a SegmentView,
    pub(crate) passing: Option<Arc<Passing>>,
}

impl Scope<'_> {
    /// About how many rows may be answered.
    fn count(&self) -> usize {
        self.passing.as_ref().map_or(self.view.live(), |passing| passing.count)
    }

    /// Which of 32 slots from `slot` on may be answered, as bits.
    fn word(&self, slot: usize) -> u32 {
        self.view.live_word(slot) & self.passing.as_ref().map_or(u32::MAX, |passing| passing.bits.word(slot))
    }
}

/// A list in the queue.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where its nearest row may be expected.
    bound: f32,
    /// Squared distance of its centroid.
    distance: f32,
    /// Whether that is exact and not a lower bound.
    exact: bool,
    scope: u32,
    list: u32,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The lowest bound is the greatest, as the queue wants it.
impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        other.bound.total_cmp(&self.bound)
    }
}

/// A row whose code promises that it may be near.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    estimate: f32,
    upper: f32,
    slot: u32,
}

/// Puts the rows nearest to the unit vector `query` into `top`.
pub(crate) fn approximate(
    scopes: &[Scope<'_>],
    query: &[f32],
    excluded: Option<&RoaringTreemap>,
    top: &mut Top,
) {
    let Some(first) = scopes.first() else { return };
    let rotated = rotate(first.view.segment().rotation(), query);
    let tables = Tables::new(&rotated);
    let probe = Probe { vector: &rotated, tables: &tables, square: dot(&rotated, &rotated) };
    let slacks = slacks(scopes, top.wanted());
    let mut queue = queue(scopes, &probe, &slacks);
    let mut search = ListSearch { query, excluded, tables: &tables, candidates: Vec::new(), top };
    while let Some(mut place) = queue.pop() {
        if place.bound > search.farthest() {
            return;
        }
        let scope = &scopes[place.scope as usize];
        if !place.exact {
            let segment = scope.view.segment();
            let list = place.list as usize;
            place.distance = segment.centroids().distance(&probe, list);
            place.bound = bound(place.distance, segment.spreads()[list], slacks[place.scope as usize]);
            place.exact = true;
            queue.push(place);
            continue;
        }
        search.scan(scope, place.list as usize, place.distance);
        search.rescore(scope);
    }
}

fn rotate(rotation: &Rotation, query: &[f32]) -> Vec<f32> {
    let mut rotated = vec![0.0; rotation.padded()];
    rotation.apply(query, &mut rotated);
    rotated
}

/// The slack of each scope. The `k` nearest of the rows that may be answered lie about as far as the nearest `k` times
/// all rows, divided by those that may be answered, would without a filter; each segment holds its share of those.
fn slacks(scopes: &[Scope<'_>], k: usize) -> Vec<f32> {
    let asked: usize = scopes.iter().map(Scope::count).sum();
    let slack = |scope: &Scope<'_>| {
        let expected = k as f64 * scope.view.live() as f64 / asked.max(1) as f64;
        scope.view.segment().slack().at(expected)
    };
    scopes.iter().map(slack).collect()
}

/// All lists with rows that may be answered.
fn queue(scopes: &[Scope<'_>], probe: &Probe<'_>, slacks: &[f32]) -> BinaryHeap<Place> {
    let mut places = Vec::new();
    let mut distances = Vec::new();
    for (at, scope) in scopes.iter().enumerate() {
        let segment = scope.view.segment();
        let (spreads, slack, exact) = (segment.spreads(), slacks[at], !coded(segment.lists()));
        segment.centroids().lower_distances(probe, &mut distances);
        let place = |list: usize| {
            let distance = distances[list].max(0.0);
            let bound = bound(distance, spreads[list], slack);
            Place { bound, distance, exact, scope: at as u32, list: list as u32 }
        };
        match &scope.passing {
            Some(passing) => places.extend(passing.lists.iter().map(|&list| place(list as usize))),
            None => places.extend((0..segment.lists()).map(place)),
        }
    }
    BinaryHeap::from(places)
}

/// The search in one list after another.
struct ListSearch<'a> {
    query: &'a [f32],
    excluded: Option<&'a RoaringTreemap>,
    tables: &'a Tables,
    candidates: Vec<Candidate>,
    top: &'a mut Top,
}

impl ListSearch<'_> {
    /// Squared distance beyond which nothing is of interest.
    fn farthest(&self) -> f32 {
        2.0 - 2.0 * self.top.threshold()
    }

    /// Estimates beyond which a row cannot be of interest.
    fn threshold(&self) -> f32 {
        self.top.threshold() - ROUNDING
    }

    /// Collects the candidates of a list whose centroid has the given squared distance.
    fn scan(&mut self, scope: &Scope<'_>, list: usize, distance: f32) {
        let segment = scope.view.segment();
        let slots = segment.list(list);
        let codes = segment.codes();
        let base = (1.0 + segment.centroids().squares[list] - distance) / 2.0;
        let at = Position { base, spread: CONFIDENCE * distance.sqrt(), threshold: self.threshold() };
        let mut found = Estimates::NONE;
        for (block, slot) in slots.clone().step_by(BLOCK).enumerate() {
            let asked = scope.word(slot) & first_bits(slots.end - slot);
            if asked == 0 {
                continue;
            }
            let mut lanes =
                asked & codes.scan(segment.first_block(list) + block, self.tables, at, &mut found);
            while lanes != 0 {
                let lane = lanes.trailing_zeros() as usize;
                lanes &= lanes - 1;
                let (estimate, upper) = (found.estimate[lane], found.upper[lane]);
                self.candidates.push(Candidate { estimate, upper, slot: (slot + lane) as u32 });
            }
        }
    }

    /// Compares the candidates with the query, the most promising first.
    fn rescore(&mut self, scope: &Scope<'_>) {
        let segment = scope.view.segment();
        let mut candidates = std::mem::take(&mut self.candidates);
        let by_estimate = |a: &Candidate, b: &Candidate| b.estimate.total_cmp(&a.estimate);
        while !candidates.is_empty() {
            let size = candidates.len().min(BATCH);
            if size < candidates.len() {
                candidates.select_nth_unstable_by(size - 1, by_estimate);
            }
            candidates[..size].sort_unstable_by(by_estimate);
            let batch = &candidates[..size];
            let vector = |candidate: &Candidate| segment.vector_at(candidate.slot as usize);
            batch.iter().take(AHEAD).for_each(|candidate| prefetch(vector(candidate)));
            for (at, candidate) in batch.iter().enumerate() {
                if let Some(next) = batch.get(at + AHEAD).filter(|next| next.upper >= self.threshold()) {
                    prefetch(vector(next));
                }
                if candidate.upper >= self.threshold() {
                    self.compare(segment.row_at(candidate.slot as usize), vector(candidate));
                }
            }
            let threshold = self.threshold();
            candidates.drain(..size);
            candidates.retain(|candidate| candidate.upper >= threshold);
        }
        self.candidates = candidates;
    }

    fn compare(&mut self, row: u64, vector: &[f32]) {
        let similarity = dot(self.query, vector);
        if similarity >= self.top.threshold() && self.excluded.is_none_or(|excluded| !excluded.contains(row))
        {
            self.top.push(Neighbour { row, similarity });
        }
    }
}
