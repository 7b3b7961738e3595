use roaring::RoaringTreemap;

use crate::error::{Result, VectorError};
use crate::filter::RowFilter;
use crate::kernels::dot;
use crate::top::{Neighbour, Top};
use crate::view::SegmentView;
use crate::writer::normalise;

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
    let mut top = Top::new(params.k);
    for view in segments {
        let segment = view.segment();
        let mut consider = |slot: usize| {
            if !view.is_live(slot) {
                return;
            }
            let similarity = dot(&unit, segment.vector_at(slot));
            if similarity >= top.threshold() {
                let row = segment.row_at(slot);
                if params.excluded.is_none_or(|excluded| !excluded.contains(row)) {
                    top.push(Neighbour { row, similarity });
                }
            }
        };
        match params.filter {
            Some(filter) => filter.passing(segment).slots.iter().for_each(|&slot| consider(slot as usize)),
            None => (0..segment.len()).for_each(consider),
        }
    }
    if let Some(filter) = params.filter {
        filter.keep(segments.iter().map(|view| view.segment().serial));
    }
    Ok(top.into_sorted())
}
