//! Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

use std::collections::HashMap;
use std::ops::Range;

use catalejo_port::PortResult;
use tantivy::DocAddress;

use super::view::View;
use crate::Signal;

/// The constant that keeps the first ranks from deciding alone; 60 is the paper's.
const CONSTANT: f32 = 60.0;

/// Documents with their scores, best first.
pub(super) type Ranking = Vec<(DocAddress, f32)>;

/// A document that some signal found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub at: DocAddress,
    pub score: f32,
    pub vector: Option<Signal>,
    pub text: Option<Signal>,
}

impl Found {
    fn new(at: DocAddress) -> Self {
        Self { at, score: 0.0, vector: None, text: None }
    }
}

fn signal((i, (_, score)): (usize, &(DocAddress, f32))) -> Option<Signal> {
    Some(Signal { rank: i + 1, score: *score })
}

/// What words alone found.
pub(super) fn by_text(ranking: &Ranking) -> Vec<Found> {
    let found = |ranked: (usize, &(DocAddress, f32))| {
        let (at, score) = *ranked.1;
        Found { score, text: signal(ranked), ..Found::new(at) }
    };
    ranking.iter().enumerate().map(found).collect()
}

/// What a vector alone found.
pub(super) fn by_vector(ranking: &Ranking) -> Vec<Found> {
    let found = |ranked: (usize, &(DocAddress, f32))| {
        let (at, score) = *ranked.1;
        Found { score, vector: signal(ranked), ..Found::new(at) }
    };
    ranking.iter().enumerate().map(found).collect()
}

/// One list of two, best first; ties are not settled yet.
pub(super) fn fuse(vector: &Ranking, text: &Ranking) -> Vec<Found> {
    let mut found: HashMap<DocAddress, Found> = HashMap::with_capacity(vector.len() + text.len());
    let worth = |rank: usize| 1.0 / (CONSTANT + (rank + 1) as f32);
    for ranked in vector.iter().enumerate() {
        let hit = found.entry(ranked.1.0).or_insert_with(|| Found::new(ranked.1.0));
        hit.score += worth(ranked.0);
        hit.vector = signal(ranked);
    }
    for ranked in text.iter().enumerate() {
        let hit = found.entry(ranked.1.0).or_insert_with(|| Found::new(ranked.1.0));
        hit.score += worth(ranked.0);
        hit.text = signal(ranked);
    }
    let mut fused: Vec<Found> = found.into_values().collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score));
    fused
}

/// Orders equal scores by id, as far as they touch the page: to read an id costs more than all the rest.
pub(super) fn settle_ties<T>(
    view: &View,
    list: &mut [T],
    page: Range<usize>,
    part: impl Fn(&T) -> (DocAddress, f32),
) -> PortResult<()>
where
    T: Copy,
{
    let mut start = 0;
    while start < list.len() && start < page.end {
        let score = part(&list[start]).1;
        let length = list[start..].iter().take_while(|item| part(item).1 == score).count();
        let run = &mut list[start..start + length];
        start += length;
        if length == 1 || start <= page.start {
            continue;
        }
        let named = run.iter().map(|item| Ok((view.id(part(item).0)?, *item)));
        let mut named: Vec<(String, T)> = named.collect::<PortResult<_>>()?;
        named.sort_by(|a, b| a.0.cmp(&b.0));
        for (place, (_, item)) in run.iter_mut().zip(named) {
            *place = item;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(docs: &[u32]) -> Ranking {
        docs.iter().map(|&doc| (DocAddress::new(0, doc), 0.5)).collect()
    }

    #[test]
    fn what_both_find_wins() {
        let fused = fuse(&list(&[3, 2]), &list(&[1, 2]));
        assert_eq!(fused[0].at.doc_id, 2);
        assert_eq!(fused[0].score, 1.0 / 62.0 + 1.0 / 62.0);
        assert_eq!(fused[0].text, Some(Signal { rank: 2, score: 0.5 }));
        assert_eq!(fused.len(), 3);
        assert_eq!((fused[1].score, fused[2].score), (1.0 / 61.0, 1.0 / 61.0));
        assert!(fused[1].vector.is_none() != fused[1].text.is_none());
    }
}
