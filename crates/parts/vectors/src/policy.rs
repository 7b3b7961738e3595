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
