use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use parking_lot::Mutex;
use roaring::RoaringTreemap;

use crate::segment::Segment;
use crate::view::Bits;

/// Rows that pass a filter up to which all of them are compared with the query.
pub(crate) const FEW: usize = 2500;

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
    /// From the segment's first row to its last.
    within: RangeInclusive<u64>,
    /// How many.
    pub(crate) count: usize,
    /// Their slots.
    pub(crate) bits: Bits,
    /// Their slots again, ascending, when they are at most [`FEW`].
    few: Option<Vec<u32>>,
    /// The lists that hold them, ascending.
    pub(crate) lists: Vec<u32>,
}

impl RowFilter {
    /// A filter that passes these rows.
    pub fn new(rows: RoaringTreemap) -> RowFilter {
        RowFilter { rows, passing: Mutex::default() }
    }

    /// A filter that passes these rows, and knows already where they lie in the segments in which `other` passes the
    /// same. Of the two, one must pass in each segment only what the other passes too: as rows do that passed once and
    /// were deleted since.
    pub fn like(rows: RoaringTreemap, other: &RowFilter) -> RowFilter {
        let as_many = |within: &RangeInclusive<u64>| {
            rows.range_cardinality(within.clone()) == other.rows.range_cardinality(within.clone())
        };
        let known = other.passing.lock();
        let same = known.iter().filter(|(_, passing)| as_many(&passing.within));
        let passing = same.map(|(&serial, passing)| (serial, passing.clone())).collect();
        drop(known);
        RowFilter { rows, passing: Mutex::new(passing) }
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
        let mut bits = Bits::new(sorted.len());
        let (mut rank, mut count) = (0, 0);
        let mut rows = self.rows.iter();
        rows.advance_to(first);
        for row in rows.take_while(|&row| row <= last) {
            rank += gallop(&sorted[rank..], row);
            let (Some(&found), Some(&slot)) = (sorted.get(rank), by_rank.get(rank)) else { break };
            let slot = slot as usize;
            if found == row && slot < sorted.len() {
                count += usize::from(bits.set(slot));
            }
        }
        let few = (count <= FEW).then(|| bits.ones().map(|slot| slot as u32).collect());
        let lists = (0..segment.lists()).filter(|&list| bits.any(segment.list(list)));
        let lists = lists.map(|list| list as u32).collect();
        Passing { within: first..=last, count, few, lists, bits }
    }
}

impl Passing {
    /// Their slots, ascending.
    pub(crate) fn slots(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.few {
            Some(few) => Box::new(few.iter().map(|&slot| slot as usize)),
            None => Box::new(self.bits.ones()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn galloping_finds_what_a_scan_finds() {
        let sorted: Vec<u64> = (0..100).map(|i| i * i / 3).collect();
        for value in 0..3400 {
            let expected = sorted.iter().position(|&x| x >= value).unwrap_or(sorted.len());
            assert_eq!(gallop(&sorted, value), expected, "{value}");
        }
    }
}
