//! Documents in the order of their ids, from the sorted dictionaries of the segments.

use std::sync::Arc;

use catalejo_port::PortResult;
use tantivy::DocAddress;
use tantivy::index::InvertedIndexReader;
use tantivy::termdict::TermStreamer;

use super::files::{damaged, engine};
use super::view::View;

/// Calls `found` with each live document after the id `after`, in the order of ids, until it answers false.
///
/// Costs what it passes over, not what the index holds.
pub(super) fn in_order(
    view: &View,
    after: Option<&str>,
    mut found: impl FnMut(&str, DocAddress) -> PortResult<bool>,
) -> PortResult<()> {
    let segments = view.searcher.segment_readers();
    let open = |segment: &tantivy::SegmentReader| {
        segment.inverted_index(view.fields.id).map_err(engine(&view.folder))
    };
    let dictionaries: Vec<Arc<InvertedIndexReader>> = segments.iter().map(open).collect::<PortResult<_>>()?;
    let mut heads = Vec::with_capacity(dictionaries.len());
    for (ord, dictionary) in dictionaries.iter().enumerate() {
        let range = dictionary.terms().range();
        let range = if let Some(id) = after { range.gt(id.as_bytes()) } else { range };
        let mut stream = range.into_stream().map_err(|e| damaged(&view.folder, e))?;
        if stream.advance() {
            heads.push((ord, stream));
        }
    }
    while let Some(first) = smallest(&heads) {
        let (ord, stream) = &mut heads[first];
        let segment = &segments[*ord];
        // the same id may stand in several segments, but lives in one at most
        if let Some(doc) = view.live_doc(segment, &dictionaries[*ord], stream.value())? {
            let id = std::str::from_utf8(stream.key()).map_err(|e| damaged(&view.folder, e))?;
            if !found(id, DocAddress::new(*ord as u32, doc))? {
                return Ok(());
            }
        }
        if !stream.advance() {
            heads.swap_remove(first);
        }
    }
    Ok(())
}

fn smallest(heads: &[(usize, TermStreamer<'_>)]) -> Option<usize> {
    (0..heads.len()).min_by(|&a, &b| heads[a].1.key().cmp(heads[b].1.key()))
}
