//! How many lists a search must look into, learnt from the segment itself when it is sealed.
//!
//! The rows of a list lie about the root of its *spread* R² (their mean squared distance) away from its centroid, so
//! the nearest of them may be expected at a squared distance from the query of
//!
//! bound = d² + R² - 2 · slack · d · R, where d is the distance of query and centroid.
//!
//! Rows of the segment serve as queries. Each true neighbour needs the slack at which the bound of its list just
//! reaches the k-th neighbour's distance; the segment's slack satisfies all but a small share of them. The fewer
//! neighbours a segment is expected to contribute, the nearer they are, and the more slack they need.

use std::sync::atomic::AtomicBool;

use roaring::RoaringTreemap;

use crate::build::proceed;
use crate::centroids::Probe;
use crate::codes::Tables;
use crate::error::Result;
use crate::kernels::dot;
use crate::rotation::Random;
use crate::search::{SearchParams, search};
use crate::segment::Segment;
use crate::top::Neighbour;
use crate::view::SegmentView;

/// Rows that serve as queries.
const QUERIES: usize = 400;
/// Neighbours asked for.
const ASKED: [usize; 3] = [1, 10, 100];
/// Share of the true neighbours whose lists must be searched.
const FOUND: f64 = 0.99;
/// Slack with which every list is searched, in order of the centroids' distances.
const ALL: f32 = 2.0;
/// Least slack: rows of tight clusters find each other with less, but queries between the clusters need it.
const LEAST: f32 = 0.4;
/// No squared distance of unit vectors is greater.
const FARTHEST: f32 = 4.0;

/// The slack of a segment for 1, 10 and 100 expected neighbours, and first for so few (0.1) that a neighbour is
/// practically the query itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slack(pub(crate) [f32; 4]);

impl Slack {
    /// Of a segment with one list, which is always searched.
    pub(crate) const UNCALIBRATED: Slack = Slack([ALL; 4]);

    /// The slack when the segment is expected to contribute that many neighbours.
    pub(crate) fn at(&self, expected: f64) -> f32 {
        let place = (expected.max(0.1).log10() + 1.0).min(2.999) as f32;
        let (low, share) = (place as usize, place.fract());
        self.0[low] * (1.0 - share) + self.0[low + 1] * share
    }
}

/// Squared distance at which the nearest row of a list may be expected, from the squared distance of its centroid.
pub(crate) fn bound(distance: f32, spread: f32, slack: f32) -> f32 {
    if slack >= ALL {
        return distance - FARTHEST;
    }
    distance + spread - 2.0 * slack * (distance * spread).sqrt()
}

/// Finds the slack of an uncalibrated segment.
pub(crate) fn calibrate(view: &SegmentView, cancel: &AtomicBool) -> Result<Slack> {
    let segment = view.segment();
    let mut random = Random::new(0xCA11_B8A7);
    let mut needed = [const { Vec::new() }; 4];
    for _ in 0..QUERIES {
        proceed(cancel)?;
        let slot = random.below(segment.len());
        let row = segment.row_at(slot);
        if segment.vector_at(slot).iter().all(|&x| x == 0.0) {
            continue; // near to nothing
        }
        let excluded = RoaringTreemap::from_iter([row]);
        let params = SearchParams { k: ASKED[2], excluded: Some(&excluded), ..SearchParams::default() };
        let neighbours = search(std::slice::from_ref(view), segment.vector_at(slot), &params)?;
        let itself = [Neighbour { row, similarity: 1.0 }];
        let nearest = ASKED.iter().map(|&k| &neighbours[..k.min(neighbours.len())]);
        let mut rotated = vec![0.0; segment.rotation().padded()];
        segment.rotation().apply(segment.vector_at(slot), &mut rotated);
        for (needed, neighbours) in needed.iter_mut().zip(std::iter::once(&itself[..]).chain(nearest)) {
            needed.extend(slack_needed(segment, &rotated, neighbours));
        }
        segment.give_back();
    }
    Ok(Slack(needed.map(quantile)))
}

fn quantile(mut needed: Vec<f32>) -> f32 {
    needed.sort_by(f32::total_cmp);
    needed.get((needed.len() as f64 * FOUND) as usize).map_or(ALL, |slack| slack.clamp(LEAST, ALL))
}

/// The slack each neighbour of a query needs for its list to be searched.
fn slack_needed(segment: &Segment, rotated: &[f32], neighbours: &[Neighbour]) -> Vec<f32> {
    let tables = Tables::default();
    let probe = Probe { vector: rotated, tables: &tables, square: dot(rotated, rotated) };
    let farthest = neighbours.last().map_or(0.0, |last| 2.0 - 2.0 * last.similarity);
    let slots = neighbours.iter().filter_map(|neighbour| segment.slot(neighbour.row));
    let needed = slots.map(|slot| {
        let list = segment.starts().partition_point(|&start| start as usize <= slot) - 1;
        let (distance, spread) = (segment.centroids().distance(&probe, list), segment.spreads()[list]);
        (distance + spread - farthest) / (2.0 * (distance * spread).sqrt()).max(f32::MIN_POSITIVE)
    });
    needed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slack_is_interpolated_between_decades() {
        let slack = Slack([4.0, 3.0, 2.0, 1.0]);
        for (expected, value) in [(0.0, 4.0), (0.1, 4.0), (1.0, 3.0), (10.0, 2.0), (1e9, 1.0)] {
            assert!((slack.at(expected) - value).abs() < 0.01, "{expected}: {}", slack.at(expected));
        }
        assert!((slack.at(10f64.sqrt()) - 2.5).abs() < 0.01);
    }
}
