//! How many lists a search must look into, learnt from the segment itself when it is sealed.
//!
//! The rows of a list lie about the root of its *spread* R² (their mean squared distance) away from its centroid, so
//! the nearest of them may be expected at a squared distance from the query of
//!
//! bound = d² + R² - 2 · slack · d · R, where d is the distance of query and centroid.
//!
//! Rows of the segment serve as queries. Each true neighbour needs the slack at which the bound of its list just
//! reaches the k-th neighbour's distance; the segment's slack satisfies all but a small share of them.

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

/// Slack with which practically every list is searched.
pub(crate) const UNCALIBRATED: f32 = 2.0;
/// Rows that serve as queries.
const QUERIES: usize = 256;
/// Neighbours asked for.
const K: usize = 10;
/// Share of the true neighbours whose lists must be searched.
const FOUND: f64 = 0.995;

/// Squared distance at which the nearest row of a list may be expected, from the squared distance of its centroid.
pub(crate) fn bound(distance: f32, spread: f32, slack: f32) -> f32 {
    distance + spread - 2.0 * slack * (distance * spread).sqrt()
}

/// The slack of an uncalibrated segment.
pub(crate) fn calibrate(view: &SegmentView, cancel: &AtomicBool) -> Result<f32> {
    let segment = view.segment();
    let mut random = Random::new(0xCA11_B8A7);
    let mut needed = Vec::with_capacity(QUERIES * K);
    for _ in 0..QUERIES {
        proceed(cancel)?;
        let slot = random.below(segment.len());
        let excluded = RoaringTreemap::from_iter([segment.row_at(slot)]);
        let params = SearchParams { k: K, excluded: Some(&excluded), ..SearchParams::default() };
        let neighbours = search(std::slice::from_ref(view), segment.vector_at(slot), &params)?;
        needed.extend(slack_needed(segment, segment.vector_at(slot), &neighbours));
    }
    needed.sort_by(f32::total_cmp);
    let at = (needed.len() as f64 * FOUND) as usize;
    Ok(needed.get(at).map_or(UNCALIBRATED, |slack| slack.clamp(0.0, UNCALIBRATED)))
}

/// The slack each neighbour of a query needs for its list to be searched.
fn slack_needed(segment: &Segment, query: &[f32], neighbours: &[Neighbour]) -> Vec<f32> {
    let mut rotated = vec![0.0; segment.rotation().padded()];
    segment.rotation().apply(query, &mut rotated);
    let tables = Tables::default();
    let probe = Probe { vector: &rotated, tables: &tables, square: dot(&rotated, &rotated) };
    let farthest = neighbours.last().map_or(0.0, |last| 2.0 - 2.0 * last.similarity);
    let slots = neighbours.iter().filter_map(|neighbour| segment.slot(neighbour.row));
    let needed = slots.map(|slot| {
        let list = segment.starts().partition_point(|&start| start as usize <= slot) - 1;
        let (distance, spread) = (segment.centroids().distance(&probe, list), segment.spreads()[list]);
        (distance + spread - farthest) / (2.0 * (distance * spread).sqrt()).max(f32::MIN_POSITIVE)
    });
    needed.collect()
}
