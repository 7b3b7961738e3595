use roaring::RoaringTreemap;

use crate::error::{Result, VectorError};
use crate::filter::{FEW, RowFilter};
use crate::kernels::{dot, prefetch};
use crate::probe::{Scope, approximate};
use crate::top::{Neighbour, Top};
use crate::view::SegmentView;
use crate::writer::normalise;

/// Rows whose vectors are fetched ahead of their comparison.
const AHEAD: usize = 6;
/// Rows that a full scan reads from disk at a time.
const READ: usize = 1024;

/// What is asked of a search.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchParams<'a> {
    /// Neighbours wanted.
    pub k: usize,
    /// Only rows that pass.
    pub filter: Option<&'a RowFilter>,
    /// Never these rows.
    pub excluded: Option<&'a RoaringTreemap>,
    /// Compare the query with every row, whatever it costs: the true neighbours.
    pub exact: bool,
}

/// The rows most similar to `query` in all segments together, best first, equal ones by row id.
///
/// Filter, deleted and excluded rows are respected inside the search: when `k` rows may be answered, `k` are, though
/// without `exact` now and then not the nearest. Similarities are true cosines.
///
/// # Errors
/// A query whose length is not the segments', or that holds a NaN or an infinity.
pub fn search(segments: &[SegmentView], query: &[f32], params: &SearchParams<'_>) -> Result<Vec<Neighbour>> {
    if let Some(view) = segments.iter().find(|view| view.segment().dimensions() != query.len()) {
        return Err(VectorError::Dimensions { expected: view.segment().dimensions(), found: query.len() });
    }
    let mut unit = vec![0.0; query.len()];
    normalise(query, &mut unit, || "the query".into())?;
    if params.k == 0 {
        return Ok(Vec::new());
    }
    let scopes: Vec<Scope<'_>> = segments.iter().map(|view| scope(view, params)).collect();
    if let Some(filter) = params.filter {
        filter.keep(segments.iter().map(|view| view.segment().serial));
    }
    let mut top = Top::new(params.k);
    // every row is equally far from a zero query, so no order of lists or codes helps
    if params.exact || few_pass(&scopes) || unit.iter().all(|&x| x == 0.0) {
        scopes.iter().for_each(|scope| exact(scope, &unit, params.excluded, &mut top));
    } else {
        approximate(&scopes, &unit, params.excluded, &mut top);
    }
    Ok(top.into_sorted())
}

fn scope<'a>(view: &'a SegmentView, params: &SearchParams<'_>) -> Scope<'a> {
    Scope { view, passing: params.filter.map(|filter| filter.passing(view.segment())) }
}

/// Whether a filter lets so few rows pass that comparing all of them is fastest.
fn few_pass(scopes: &[Scope<'_>]) -> bool {
    let passing = scopes.iter().map(|scope| scope.passing.as_ref().map(|passing| passing.count));
    passing.sum::<Option<usize>>().is_some_and(|count| count <= FEW)
}

/// Compares the query with every row that may be answered.
fn exact(scope: &Scope<'_>, query: &[f32], excluded: Option<&RoaringTreemap>, top: &mut Top) {
    let segment = scope.view.segment();
    let mut compare = |slot: usize| {
        if !scope.view.is_live(slot) {
            return;
        }
        let similarity = dot(query, segment.vector_at(slot));
        if similarity >= top.threshold() {
            let row = segment.row_at(slot);
            if excluded.is_none_or(|excluded| !excluded.contains(row)) {
                top.push(Neighbour { row, similarity });
            }
        }
    };
    let Some(passing) = &scope.passing else {
        for slot in 0..segment.len() {
            if slot % READ == 0 {
                segment.read_ahead(slot + READ..slot + 2 * READ);
            }
            compare(slot);
        }
        return;
    };
    let mut soon = passing.slots().skip(AHEAD);
    for slot in passing.slots() {
        if let Some(next) = soon.next() {
            prefetch(segment.vector_at(next));
        }
        compare(slot);
    }
}
