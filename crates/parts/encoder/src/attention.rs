//! Self-attention over ragged rows: each text sees only its own rows, and there is no padding.

use std::ops::Range;

use crate::kernels::{Activation, Gemm, Kernels, pack_columns, pack_rows, panels_len};
use crate::weights::Table;

/// Query rows that are scored at a time, so that the scores stay in the nearer caches.
const BLOCK: usize = 96;

/// The rows that one thread has computed: queries, keys and values side by side.
pub(crate) struct Projected<'a> {
    pub rows: Range<usize>,
    /// Rows of `3 * hidden` floats.
    pub floats: &'a [f32],
}

/// Reused buffers.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
}

pub(crate) struct Attention<'a> {
    pub kernels: &'static Kernels,
    pub hidden: usize,
    pub heads: usize,
    pub bias: Option<&'a DistanceBias>,
}

impl Attention<'_> {
    /// Writes the context of the rows of `all[own]`; `texts` are the ranges of rows that belong together.
    pub fn apply(
        &self,
        all: &[Projected<'_>],
        own: usize,
        texts: &[Range<usize>],
        scratch: &mut AttentionScratch,
        context: &mut [f32],
    ) {
        let mine = &all[own];
        for text in texts {
            let queries = text.start.max(mine.rows.start)..text.end.min(mine.rows.end);
            if queries.is_empty() {
                continue;
            }
            for head in 0..self.heads {
                self.pack(all, text, head, scratch);
                for start in queries.clone().step_by(BLOCK) {
                    let block = start..queries.end.min(start + BLOCK);
                    self.block(mine, text, block, head, scratch, context);
                }
            }
        }
    }

    fn head_width(&self) -> usize {
        self.hidden / self.heads
    }

    /// Packs one head's keys and values of a text.
    fn pack(&self, all: &[Projected<'_>], text: &Range<usize>, head: usize, scratch: &mut AttentionScratch) {
        let (width, panel) = (self.head_width(), self.kernels.panel);
        let part = |third: usize| {
            let at = third * self.hidden + head * width;
            all.iter().flat_map(move |projected| {
                let rows = text.start.max(projected.rows.start)..text.end.min(projected.rows.end);
                rows.map(move |row| {
                    let at = (row - projected.rows.start) * 3 * self.hidden + at;
                    &projected.floats[at..at + width]
                })
            })
        };
        scratch.keys.clear();
        scratch.keys.resize(panels_len(width, text.len(), panel), 0.0);
        pack_columns(part(1), width, panel, &mut scratch.keys);
        scratch.values.clear();
        scratch.values.resize(panels_len(text.len(), width, panel), 0.0);
        pack_rows(part(2), text.len(), panel, &mut scratch.values);
    }

    /// The context of a block of queries in one head.
    fn block(
        &self,
        mine: &Projected<'_>,
        text: &Range<usize>,
        block: Range<usize>,
        head: usize,
        scratch: &mut AttentionScratch,
        context: &mut [f32],
    ) {
        let (width, length) = (self.head_width(), text.len());
        let first = block.start - mine.rows.start;
        let scores = crate::model::room(&mut scratch.scores, block.len() * length);
        self.kernels.gemm(Gemm {
            a: &mine.floats[first * 3 * self.hidden + head * width..],
            lda: 3 * self.hidden,
            rows: block.len(),
            panels: &scratch.keys,
            k: width,
            n: length,
            bias: None,
            scale: 1.0 / (width as f32).sqrt(),
            activation: Activation::None,
            add: false,
            c: scores,
            ldc: length,
        });
        let mut factors = [0.0; BLOCK];
        for (row, (scores, factor)) in scores.chunks_exact_mut(length).zip(&mut factors).enumerate() {
            let bias = self.bias.map(|bias| bias.row(head, block.start + row - text.start, length));
            *factor = self.kernels.softmax(scores, bias);
        }
        let context = &mut context[first * self.hidden + head * width..];
        self.kernels.gemm(Gemm {
            a: scores,
            lda: length,
            rows: block.len(),
            panels: &scratch.values,
            k: length,
            n: width,
            bias: None,
            scale: 1.0,
            activation: Activation::None,
            add: false,
            c: context,
            ldc: self.hidden,
        });
        // dividing the few numbers of the context is less work than dividing every score
        for (row, factor) in context.chunks_mut(self.hidden).zip(&factors[..block.len()]) {
            row[..width].iter_mut().for_each(|x| *x *= factor);
        }
    }
}

/// MPNet's bias: a number for each head and distance between query and key, the same in every layer.
pub(crate) struct DistanceBias {
    /// For each head `2 * positions - 1` numbers, from the furthest key before to the furthest after.
    by_distance: Vec<f32>,
    positions: usize,
}

impl DistanceBias {
    /// Buckets of distances, fixed in the reference's code.
    pub const BUCKETS: usize = 32;

    /// Spreads the learnt numbers, a row a bucket and a column a head, for texts of up to `positions` tokens.
    pub fn new(table: &Table, heads: usize, positions: usize) -> Self {
        let span = 2 * positions - 1;
        let mut by_distance = vec![0.0; heads * span];
        for at in 0..span {
            let row = table.row(bucket(at as i64 - (positions as i64 - 1))).unwrap_or_default();
            for (head, value) in row.iter().enumerate() {
                by_distance[head * span + at] = *value;
            }
        }
        Self { by_distance, positions }
    }

    /// What is added to the scores of the query at `position` for the first `length` keys.
    fn row(&self, head: usize, position: usize, length: usize) -> &[f32] {
        let start = head * (2 * self.positions - 1) + self.positions - 1 - position;
        &self.by_distance[start..start + length]
    }
}

/// The bucket of a key `distance` after the query: half the buckets for each side, the nearer half of these one
/// a distance, the rest logarithmic up to 128.
fn bucket(distance: i64) -> usize {
    const SIDE: usize = DistanceBias::BUCKETS / 2;
    const EXACT: usize = SIDE / 2;
    const FURTHEST: f32 = 128.0;
    let side = if distance > 0 { SIDE } else { 0 };
    let steps = distance.unsigned_abs() as usize;
    if steps < EXACT {
        return side + steps;
    }
    let exact = EXACT as f32;
    let far = (steps as f32 / exact).ln() / (FURTHEST / exact).ln() * (SIDE - EXACT) as f32;
    side + (EXACT + far as usize).min(SIDE - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn distances_fall_into_the_references_buckets() {
        // from the reference's `relative_position_bucket`
        let known = [
            (-600, 15),
            (-128, 15),
            (-91, 15),
            (-90, 14),
            (-64, 14),
            (-63, 13),
            (-32, 12),
            (-16, 10),
            (-8, 8),
            (-1, 1),
            (0, 0),
            (1, 17),
            (7, 23),
            (8, 24),
            (12, 25),
            (64, 30),
            (600, 31),
        ];
        for (distance, want) in known {
            assert_eq!(bucket(distance), want, "{distance}");
        }
    }
}
