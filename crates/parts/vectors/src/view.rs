use std::ops::Range;
use std::sync::Arc;

use crate::policy::SegmentSize;
use crate::segment::Segment;

/// A segment and the rows of it that are deleted: what searches see. Cheap to clone; never changes.
#[derive(Debug, Clone)]
pub struct SegmentView {
    segment: Arc<Segment>,
    deleted: Option<Arc<Deleted>>,
}

#[derive(Debug, Clone)]
struct Deleted {
    slots: Bits,
    count: usize,
}

impl SegmentView {
    /// A segment with the given rows deleted; rows it does not hold are ignored.
    pub fn new(segment: Arc<Segment>, deleted: impl IntoIterator<Item = u64>) -> SegmentView {
        SegmentView { segment, deleted: None }.without(deleted)
    }

    /// The same with more rows deleted; rows it does not hold are ignored. Views made earlier keep what they see.
    #[must_use]
    pub fn without(&self, rows: impl IntoIterator<Item = u64>) -> SegmentView {
        let mut view = self.clone();
        for slot in rows.into_iter().filter_map(|row| self.segment.slot(row)) {
            let empty = || Arc::new(Deleted { slots: Bits::new(self.segment.len()), count: 0 });
            let deleted = Arc::make_mut(view.deleted.get_or_insert_with(empty));
            deleted.count += usize::from(deleted.slots.set(slot));
        }
        view
    }

    /// The segment.
    pub fn segment(&self) -> &Arc<Segment> {
        &self.segment
    }

    /// Rows that are not deleted.
    pub fn live(&self) -> usize {
        self.segment.len() - self.deleted()
    }

    /// Rows that are deleted.
    pub fn deleted(&self) -> usize {
        self.deleted.as_ref().map_or(0, |deleted| deleted.count)
    }

    /// Its size, as [`MergePolicy`](crate::MergePolicy) wants it.
    pub fn size(&self) -> SegmentSize {
        SegmentSize { live: self.live() as u64, deleted: self.deleted() as u64 }
    }

    /// Whether it holds the row and the row is not deleted.
    pub fn contains(&self, row: u64) -> bool {
        self.segment.slot(row).is_some_and(|slot| self.is_live(slot))
    }

    /// The normalised vector of a row that is not deleted.
    pub fn vector(&self, row: u64) -> Option<Vec<f32>> {
        let slot = self.segment.slot(row).filter(|&slot| self.is_live(slot))?;
        Some(self.segment.vector_at(slot).to_vec())
    }

    /// Ids of the rows that are not deleted, ascending.
    pub fn live_rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows_where(true)
    }

    /// Ids of the deleted rows, ascending: what a caller keeps to open the view again.
    pub fn deleted_rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows_where(false)
    }

    fn rows_where(&self, live: bool) -> impl Iterator<Item = u64> + '_ {
        let slots = self.segment.slots().iter().map(|&slot| slot as usize);
        self.segment
            .rows()
            .zip(slots)
            .filter(move |&(_, slot)| self.is_live(slot) == live)
            .map(|(row, _)| row)
    }

    pub(crate) fn is_live(&self, slot: usize) -> bool {
        self.deleted.as_ref().is_none_or(|deleted| !deleted.slots.get(slot))
    }

    /// Which of 32 slots from `slot` on are not deleted, as bits.
    pub(crate) fn live_word(&self, slot: usize) -> u32 {
        self.deleted.as_ref().map_or(u32::MAX, |deleted| !deleted.slots.word(slot))
    }
}

/// One bit for each slot of a segment.
#[derive(Debug, Clone)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// All clear. One spare word lets [`word`](Self::word) read beyond the last slot.
    pub(crate) fn new(slots: usize) -> Bits {
        Bits(vec![0; slots / 64 + 2])
    }

    /// Sets a bit; whether it was clear.
    pub(crate) fn set(&mut self, slot: usize) -> bool {
        let word = &mut self.0[slot / 64];
        let clear = *word & 1 << (slot % 64) == 0;
        *word |= 1 << (slot % 64);
        clear
    }

    pub(crate) fn get(&self, slot: usize) -> bool {
        self.0.get(slot / 64).is_some_and(|word| word & 1 << (slot % 64) != 0)
    }

    /// The bits of 32 slots from `slot` on, the first one lowest.
    pub(crate) fn word(&self, slot: usize) -> u32 {
        let (word, shift) = (slot / 64, slot % 64);
        let pair = u128::from(self.0[word]) | u128::from(self.0[word + 1]) << 64;
        (pair >> shift) as u32
    }

    /// Whether a bit of the range is set.
    pub(crate) fn any(&self, slots: Range<usize>) -> bool {
        let last = slots.end;
        slots.step_by(32).any(|slot| self.word(slot) & first_bits(last - slot) != 0)
    }

    /// Positions of the bits that are set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            let rests = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rests.take_while(|&rest| rest != 0).map(move |rest| at * 64 + rest.trailing_zeros() as usize)
        })
    }
}

/// The lowest `count` of 32 bits; all of them when it is larger. `count` is at least 1.
pub(crate) fn first_bits(count: usize) -> u32 {
    u32::MAX >> 32usize.saturating_sub(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_again() {
        let mut bits = Bits::new(200);
        let set = [0, 5, 63, 64, 100, 199];
        assert!(set.iter().all(|&slot| bits.set(slot)));
        assert!(!bits.set(100));
        assert_eq!(bits.ones().collect::<Vec<_>>(), set);
        assert_eq!((bits.get(199), bits.get(198), bits.get(100_000)), (true, false, false));
        for slot in 0..200 {
            let expected =
                (0..32).filter(|lane| set.contains(&(slot + lane))).map(|lane| 1u32 << lane).sum::<u32>();
            assert_eq!(bits.word(slot), expected, "{slot}");
            for end in slot + 1..=200 {
                assert_eq!(
                    bits.any(slot..end),
                    set.iter().any(|at| (slot..end).contains(at)),
                    "{slot}..{end}"
                );
            }
        }
    }
}
