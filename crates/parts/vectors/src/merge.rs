use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::build::{Source, build};
use crate::error::{Result, VectorError};
use crate::segment::SegmentMeta;
use crate::view::SegmentView;

/// Rewrites the live rows of several segments as the one segment `name`, clustered anew; `None` and no file when no
/// row lives. The inputs stay as they are.
///
/// Rows deleted from an input *after* its view was taken are in the new segment; the caller deletes them there again
/// when it swaps the segments.
///
/// # Errors
/// [`VectorError::Cancelled`] soon after `cancel` is raised, with nothing written.
pub fn merge(
    dir: &Path,
    name: &str,
    inputs: &[SegmentView],
    cancel: &AtomicBool,
) -> Result<Option<SegmentMeta>> {
    let Some(first) = inputs.first() else { return Ok(None) };
    let dimensions = first.segment().dimensions();
    if let Some(other) = inputs.iter().find(|view| view.segment().dimensions() != dimensions) {
        return Err(VectorError::Dimensions { expected: dimensions, found: other.segment().dimensions() });
    }
    build(dir, name, dimensions, &Merged::new(inputs), cancel)
}

/// The live rows of several segments.
struct Merged<'a> {
    inputs: &'a [SegmentView],
    /// Input and slot of each.
    places: Vec<(u32, u32)>,
}

impl<'a> Merged<'a> {
    fn new(inputs: &'a [SegmentView]) -> Merged<'a> {
        let places = inputs.iter().enumerate().flat_map(|(input, view)| {
            let live = (0..view.segment().len()).filter(|&slot| view.is_live(slot));
            live.map(move |slot| (input as u32, slot as u32))
        });
        Merged { inputs, places: places.collect() }
    }
}

impl Source for Merged<'_> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn row(&self, i: usize) -> u64 {
        let (input, slot) = self.places[i];
        self.inputs[input as usize].segment().row_at(slot as usize)
    }

    fn vector(&self, i: usize) -> &[f32] {
        let (input, slot) = self.places[i];
        self.inputs[input as usize].segment().vector_at(slot as usize)
    }

    fn give_back(&self) {
        self.inputs.iter().for_each(|view| view.segment().give_back());
    }

    fn read_ahead(&self, range: Range<usize>) {
        let end = range.end.min(self.places.len());
        let places = self.places.get(range.start..end).unwrap_or_default();
        for part in places.chunk_by(|a, b| a.0 == b.0) {
            let (input, first, last) = (part[0].0, part[0].1, part[part.len() - 1].1);
            self.inputs[input as usize].segment().read_ahead(first as usize..last as usize + 1);
        }
    }
}
