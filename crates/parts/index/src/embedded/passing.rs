//! Which rows pass a filter, found once for each filter and version.

use std::sync::Arc;

use catalejo_port::PortResult;
use catalejo_vectors::RowFilter;
use parking_lot::Mutex;
use roaring::RoaringTreemap;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::index::SegmentReader;
use tantivy::{DocId, Score};

use super::fields::ROW;
use super::filter_query::query;
use super::view::View;
use crate::Filter;

/// Filters remembered: people page through results and refine a few filters, they do not cycle through hundreds.
const KEPT: usize = 16;

/// Rows remembered in all of them: bounds the memory to about 40 MB.
const KEPT_ROWS: u64 = 8_000_000;

/// The filters asked last, the latest at the end.
#[derive(Debug, Default)]
pub(super) struct PassingCache {
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    filter: String,
    version: u64,
    rows: Arc<RowFilter>,
}

impl PassingCache {
    /// The rows of the view that pass the filter.
    pub fn get(&self, view: &View, filter: &Filter) -> PortResult<Arc<RowFilter>> {
        let text = filter.to_string();
        if let Some(rows) = self.known(&text, view.version) {
            return Ok(rows);
        }
        let found = view.searcher.search(&query(&view.fields, filter), &Rows).map_err(view.failed())?;
        let mut kept = self.kept.lock();
        // a row never passes a filter anew, nor is one deleted taken back: only new segments are looked into again
        let before = kept.iter().find(|k| k.filter == text);
        let rows = Arc::new(match before {
            Some(before) => RowFilter::like(found, &before.rows),
            None => RowFilter::new(found),
        });
        kept.retain(|k| k.version >= view.version && k.filter != text);
        while kept.len() == KEPT || (!kept.is_empty() && rows_in(&kept) + rows.len() > KEPT_ROWS) {
            kept.remove(0);
        }
        kept.push(Kept { filter: text, version: view.version, rows: rows.clone() });
        Ok(rows)
    }

    fn known(&self, filter: &str, version: u64) -> Option<Arc<RowFilter>> {
        let mut kept = self.kept.lock();
        let at = kept.iter().position(|k| k.version == version && k.filter == filter)?;
        let found = kept.remove(at);
        let rows = found.rows.clone();
        kept.push(found);
        Some(rows)
    }
}

fn rows_in(kept: &[Kept]) -> u64 {
    kept.iter().map(|k| k.rows.len()).sum()
}

/// Collects the rows of the documents that match.
struct Rows;

struct SegmentRows {
    column: Column<u64>,
    rows: Vec<u64>,
}

impl Collector for Rows {
    type Fruit = RoaringTreemap;
    type Child = SegmentRows;

    fn for_segment(&self, _ord: u32, segment: &SegmentReader) -> tantivy::Result<SegmentRows> {
        Ok(SegmentRows { column: segment.fast_fields().u64(ROW)?, rows: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<RoaringTreemap>) -> tantivy::Result<RoaringTreemap> {
        Ok(segments.into_iter().fold(RoaringTreemap::new(), |all, rows| all | rows))
    }
}

impl SegmentCollector for SegmentRows {
    type Fruit = RoaringTreemap;

    fn collect(&mut self, doc: DocId, _score: Score) {
        self.rows.extend(self.column.first(doc));
    }

    fn harvest(mut self) -> RoaringTreemap {
        // merged segments keep their documents in another order than their rows
        self.rows.sort_unstable();
        self.rows.into_iter().collect()
    }
}
