/// How large a segment is, for [`MergePolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSize {
    /// Rows that are not deleted.
    pub live: u64,
    /// Rows that are.
    pub deleted: u64,
}

/// Which segments to merge: tiers whose sizes grow by a factor, so that a row is rewritten a logarithmic number of
/// times and the number of segments stays logarithmic too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergePolicy {
    /// Segments of one tier that are merged together, and the ratio of the tiers' sizes.
    pub fan: usize,
    /// Live rows below which a segment is in the lowest tier; merging such segments costs about as much as a commit.
    pub floor: u64,
    /// Live rows a merge may produce.
    pub ceiling: u64,
    /// Share of deleted rows from which a segment is rewritten for their sake alone.
    pub dead: f64,
}

impl Default for MergePolicy {
    fn default() -> MergePolicy {
        MergePolicy { fan: 8, floor: 512, ceiling: 8_000_000, dead: 0.33 }
    }
}

impl MergePolicy {
    /// The positions of the segments to merge next, `None` when all is well. Pass only segments that are not being
    /// merged already; ask again after each merge.
    pub fn pick(&self, segments: &[SegmentSize]) -> Option<Vec<usize>> {
        self.crowded_tier(segments).or_else(|| {
            let dead =
                |size: &SegmentSize| size.deleted as f64 > self.dead * (size.live + size.deleted) as f64;
            segments.iter().position(dead).map(|worn| vec![worn])
        })
    }

    /// The smallest tier with enough segments: small merges are soon done and help most.
    fn crowded_tier(&self, segments: &[SegmentSize]) -> Option<Vec<usize>> {
        let mut ascending: Vec<usize> = (0..segments.len()).collect();
        ascending.sort_by_key(|&at| segments[at].live);
        let mut tiers =
            ascending.chunk_by(|&a, &b| self.tier(segments[a].live) == self.tier(segments[b].live));
        tiers.find_map(|tier| {
            let mut rows = 0;
            let fits = |&&at: &&usize| {
                rows += segments[at].live;
                rows <= self.ceiling
            };
            let fitting: Vec<usize> = tier.iter().take_while(fits).copied().collect();
            (fitting.len() >= self.fan.max(2)).then_some(fitting)
        })
    }

    fn tier(&self, live: u64) -> u32 {
        (live / self.floor.max(1)).checked_ilog(self.fan.max(2) as u64).map_or(0, |tier| tier + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes after many commits of `rows` rows each, with the rows rewritten meanwhile.
    fn simulate(commits: u64, rows: u64) -> (Vec<SegmentSize>, u64) {
        let policy = MergePolicy::default();
        let mut sizes: Vec<SegmentSize> = Vec::new();
        let mut rewritten = 0;
        for _ in 0..commits {
            sizes.push(SegmentSize { live: rows, deleted: 0 });
            while let Some(picked) = policy.pick(&sizes) {
                let live = picked.iter().map(|&at| sizes[at].live).sum();
                let mut at = 0..;
                sizes.retain(|_| !at.next().is_some_and(|at| picked.contains(&at)));
                sizes.push(SegmentSize { live, deleted: 0 });
                rewritten += live;
            }
        }
        (sizes, rewritten)
    }

    #[test]
    fn single_rows_collapse_into_few_segments() {
        let (sizes, rewritten) = simulate(20_000, 1);
        assert_eq!(sizes.iter().map(|size| size.live).sum::<u64>(), 20_000);
        assert!(sizes.len() <= 24, "{sizes:?}");
        // the lowest tier is rewritten at every eighth commit, the others once each
        assert!(rewritten < 20_000 * 60, "{rewritten}");
    }

    #[test]
    fn large_batches_are_rewritten_a_logarithmic_number_of_times() {
        let (sizes, rewritten) = simulate(1000, 1000);
        assert!(sizes.len() <= 28, "{sizes:?}");
        assert!(rewritten <= 1_000_000 * 4, "{rewritten}");
    }

    #[test]
    fn nothing_is_merged_without_need() {
        let policy = MergePolicy::default();
        let live = |live| SegmentSize { live, deleted: 0 };
        assert_eq!(policy.pick(&[]), None);
        assert_eq!(policy.pick(&[live(5); 7]), None);
        assert_eq!(policy.pick(&[live(5), live(5_000), live(5_000_000)]), None);
        assert_eq!(policy.pick(&[SegmentSize { live: 100, deleted: 10 }]), None);
    }

    #[test]
    fn worn_and_dead_segments_are_rewritten() {
        let policy = MergePolicy::default();
        let fresh = SegmentSize { live: 1000, deleted: 0 };
        assert_eq!(policy.pick(&[fresh, SegmentSize { live: 50, deleted: 50 }]), Some(vec![1]));
        assert_eq!(policy.pick(&[SegmentSize { live: 0, deleted: 3 }, fresh]), Some(vec![0]));
    }

    #[test]
    fn no_merge_exceeds_the_ceiling() {
        let policy = MergePolicy { ceiling: 10_000, ..MergePolicy::default() };
        let size = SegmentSize { live: 2_000, deleted: 0 };
        assert_eq!(policy.pick(&[size; 20]), None);
    }
}
