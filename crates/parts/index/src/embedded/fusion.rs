//! Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

use std::collections::HashMap;

use crate::Signal;

/// The constant that keeps the first ranks from deciding alone; 60 is the paper's.
const CONSTANT: f32 = 60.0;

/// Ids with their scores, best first.
pub(super) type Ranking = Vec<(String, f32)>;

/// A document that some signal found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fused {
    pub id: String,
    pub score: f32,
    pub vector: Option<Signal>,
    pub text: Option<Signal>,
}

/// One list of two, each best first; ties by id.
pub(super) fn fuse(vector: Ranking, text: Ranking) -> Vec<Fused> {
    let mut found: HashMap<String, Fused> = HashMap::with_capacity(vector.len() + text.len());
    let mut add = |list: Ranking, signal: fn(&mut Fused) -> &mut Option<Signal>| {
        for (i, (id, score)) in list.into_iter().enumerate() {
            let empty = || Fused { id: id.clone(), score: 0.0, vector: None, text: None };
            let fused = found.entry(id.clone()).or_insert_with(empty);
            fused.score += 1.0 / (CONSTANT + (i + 1) as f32);
            *signal(fused) = Some(Signal { rank: i + 1, score });
        }
    };
    add(vector, |fused| &mut fused.vector);
    add(text, |fused| &mut fused.text);
    let mut fused: Vec<Fused> = found.into_values().collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[&str]) -> Ranking {
        ids.iter().map(|id| ((*id).to_owned(), 0.5)).collect()
    }

    #[test]
    fn what_both_find_wins_and_ties_go_by_id() {
        let fused = fuse(list(&["c", "b"]), list(&["a", "b"]));
        let ids: Vec<&str> = fused.iter().map(|f| f.id.as_str()).collect();
        assert_eq!(ids, ["b", "a", "c"]);
        assert_eq!(fused[0].score, 1.0 / 62.0 + 1.0 / 62.0);
        assert_eq!(fused[0].text, Some(Signal { rank: 2, score: 0.5 }));
        assert_eq!(fused[1].vector, None);
    }
}
