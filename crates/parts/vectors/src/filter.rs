use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use roaring::RoaringTreemap;

use crate::segment::Segment;
use crate::view::Bits;

/// Rows a search may answer. Where they lie in each segment is found once and kept, so reuse a filter when its rows
/// are asked for again.
#[derive(Debug, Default)]
pub struct RowFilter {
    rows: RoaringTreemap,
    /// By the segment's serial.
    passing: Mutex<HashMap<u64, Arc<Passing>>>,
}

/// The rows of one segment that pass a filter.
#[derive(Debug)]
pub(crate) struct Passing {
    /// Their slots, ascending.
    pub(crate) slots: Vec<u32>,
    /// The same as bits.
    pub(crate) bits: Bits,
    /// The lists that hold them, ascending.
    pub(crate) lists: Vec<u32>,
}

impl RowFilter {
    /// A filter that passes these rows.
    pub fn new(rows: RoaringTreemap) -> RowFilter {
        RowFilter { rows, passing: Mutex::default() }
    }

    /// Rows that pass.
    pub fn len(&self) -> u64 {
        self.rows.len()
    }

    /// Whether no row passes.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the row passes.
    pub fn contains(&self, row: u64) -> bool {
        self.rows.contains(row)
    }

    /// The rows that pass.
    pub fn rows(&self) -> &RoaringTreemap {
        &self.rows
    }

    pub(crate) fn passing(&self, segment: &Segment) -> Arc<Passing> {
        if let Some(known) = self.passing.lock().get(&segment.serial) {
            return known.clone();
        }
        let found = Arc::new(self.locate(segment));
        self.passing.lock().insert(segment.serial, found.clone());
        found
    }

    /// Forgets segments that are no longer searched.
    pub(crate) fn keep(&self, segments: impl Iterator<Item = u64> + Clone) {
        let mut passing = self.passing.lock();
        if passing.len() > segments.clone().count() {
            passing.retain(|&serial, _| segments.clone().any(|kept| kept == serial));
        }
    }

    fn locate(&self, segment: &Segment) -> Passing {
        let (sorted, by_rank) = (segment.sorted(), segment.slots());
        let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
        let mut slots = Vec::new();
        let mut rank = 0;
        let mut rows = self.rows.iter();
        rows.advance_to(first);
        for row in rows.take_while(|&row| row <= last) {
            rank += gallop(&sorted[rank..], row);
            if sorted[rank] == row {
                slots.push(by_rank[rank]);
            }
        }
        slots.retain(|&slot| (slot as usize) < sorted.len());
        slots.sort_unstable();
        let mut bits = Bits::new(sorted.len());
        for &slot in &slots {
            bits.set(slot as usize);
        }
        let mut rest = slots.as_slice();
        let mut lists = Vec::new();
        for list in 0..segment.lists() {
            let inside = rest.partition_point(|&slot| (slot as usize) < segment.list(list).end);
            if inside > 0 {
                lists.push(list as u32);
                rest = &rest[inside..];
            }
        }
        Passing { slots, bits, lists }
    }
}

impl FromIterator<u64> for RowFilter {
    fn from_iter<I: IntoIterator<Item = u64>>(rows: I) -> RowFilter {
        RowFilter::new(rows.into_iter().collect())
    }
}

/// Position of the first value not below `value`, in steps that double: near positions are found fast.
fn gallop(sorted: &[u64], value: u64) -> usize {
    let mut step = 1;
    while step < sorted.len() && sorted[step] < value {
        step *= 2;
    }
    let from = step / 2;
    from + sorted[from..sorted.len().min(step + 1)].partition_point(|&x| x < value)
}
