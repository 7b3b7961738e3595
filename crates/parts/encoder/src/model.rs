//! The transformer over a ragged group of texts: rows of all texts one after the other, no padding.

use std::ops::Range;
use std::path::{Path, PathBuf};

use catalejo_port::PortResult;
use parking_lot::RwLock;

use crate::attention::{Attention, AttentionScratch, DistanceBias, Projected};
use crate::config::{Family, ModuleKind, TransformerConfig, read_modules};
use crate::kernels::{Activation, Kernels};
use crate::layer::{Layer, Norm};
use crate::pooling::Head;
use crate::team::{Broken, Meeting, shares};
use crate::weights::{Table, Weights};

/// Rows that go through a layer at a time, so that its widest result stays in the second cache.
const BLOCK: usize = 96;

/// A loaded model: text's token numbers in, one vector a text out.
pub(crate) struct Model {
    kernels: &'static Kernels,
    config: TransformerConfig,
    words: Table,
    /// Position vectors, the first token type's added where the family has them.
    positions: Vec<f32>,
    norm: Norm,
    bias: Option<DistanceBias>,
    layers: Vec<Layer>,
    head: Head,
}

/// Buffers that a worker keeps from group to group. They grow to the largest group and stay.
#[derive(Default)]
pub(crate) struct Scratch {
    hidden: Vec<f32>,
    shares: Vec<ShareScratch>,
    /// For each share the projections of even and odd layers: while one thread still reads the last layer's,
    /// another may write the next one's.
    projections: Vec<[RwLock<Vec<f32>>; 2]>,
}

#[derive(Default)]
struct ShareScratch {
    context: Vec<f32>,
    wide: Vec<f32>,
    attention: AttentionScratch,
}

/// What the threads of one group share.
struct Group<'a> {
    tokens: Vec<(u32, usize)>,
    texts: Vec<Range<usize>>,
    shares: Vec<Range<usize>>,
    projections: &'a [[RwLock<Vec<f32>>; 2]],
    meeting: Meeting,
}

impl Model {
    /// Reads a model folder in the hub's layout.
    pub fn read(root: &Path, kernels: &'static Kernels) -> PortResult<Self> {
        let (folder, modules) = layout(root)?;
        let config = TransformerConfig::read(&folder)?;
        let weights = Weights::open(&folder)?.detect_prefix("embeddings.word_embeddings.weight")?;
        let hidden = config.hidden;
        let bias = match config.family {
            Family::Mpnet => {
                let table = weights.table("encoder.relative_attention_bias.weight", config.heads)?;
                Some(DistanceBias::new(&table, config.heads, config.max_tokens()))
            }
            _ => None,
        };
        Ok(Self {
            words: weights.table("embeddings.word_embeddings.weight", hidden)?,
            positions: positions(&weights, &config)?,
            norm: Norm::read(&weights, "embeddings.LayerNorm", hidden)?,
            layers: (0..config.layers)
                .map(|index| Layer::read(&weights, &config, index, kernels))
                .collect::<PortResult<_>>()?,
            head: Head::read(&modules, &root.join("modules.json"), hidden, kernels)?,
            bias,
            kernels,
            config,
        })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Components of a vector.
    pub fn dimensions(&self) -> usize {
        self.head.dimensions()
    }

    /// Token numbers below this are known.
    pub fn vocabulary(&self) -> usize {
        self.words.rows()
    }

    /// The vectors of a group of texts, given as token numbers below [`Model::vocabulary`], at most
    /// `max_tokens` each. Spreads the rows over up to `threads` threads, the current one included.
    pub fn encode(&self, texts: &[&[u32]], threads: usize, scratch: &mut Scratch) -> Vec<Vec<f32>> {
        let hidden = self.config.hidden;
        let tokens = self.tokens(texts);
        let shares = shares(tokens.len(), threads);
        if scratch.shares.len() < shares.len() {
            scratch.shares.resize_with(shares.len(), Default::default);
            scratch.projections.resize_with(shares.len(), Default::default);
        }
        let rows = room(&mut scratch.hidden, tokens.len() * hidden);
        let group = Group {
            meeting: Meeting::new(shares.len()),
            projections: &scratch.projections,
            texts: ranges(texts),
            tokens,
            shares,
        };
        std::thread::scope(|scope| {
            let _guard = group.meeting.guard();
            let (mut rest, mut first) = (&mut *rows, None);
            for ((index, share), scratch) in group.shares.iter().enumerate().zip(&mut scratch.shares) {
                let (part, others) = rest.split_at_mut(share.len() * hidden);
                rest = others;
                if index == 0 {
                    first = Some((part, scratch));
                } else {
                    let group = &group;
                    scope.spawn(move || self.run(group, index, part, scratch));
                }
            }
            if let Some((part, scratch)) = first {
                self.run(&group, 0, part, scratch);
            }
        });
        let vectors = group.texts.iter();
        vectors
            .map(|text| self.head.apply(self.kernels, &rows[text.start * hidden..text.end * hidden], hidden))
            .collect()
    }

    /// Each row's token and the number of its position.
    fn tokens(&self, texts: &[&[u32]]) -> Vec<(u32, usize)> {
        let first = self.config.first_position();
        let mut rows = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
        for text in texts {
            let mut position = first;
            for &token in *text {
                // a text may spell out the padding token, which the reference then gives no position of its own
                if self.config.padding_id == Some(token) {
                    rows.push((token, first - 1));
                } else {
                    rows.push((token, position));
                    position += 1;
                }
            }
        }
        rows
    }

    /// One thread's share of a group, meeting the others in every layer.
    fn run(&self, group: &Group<'_>, index: usize, rows: &mut [f32], scratch: &mut ShareScratch) {
        let _guard = group.meeting.guard();
        self.embed(&group.tokens[group.shares[index].clone()], rows);
        for (number, layer) in self.layers.iter().enumerate() {
            // the panic that broke the meeting is reported by the scope
            let Ok(()) = self.layer(layer, number % 2, group, index, rows, scratch) else { return };
        }
    }

    fn embed(&self, tokens: &[(u32, usize)], rows: &mut [f32]) {
        let hidden = self.config.hidden;
        for ((token, position), row) in tokens.iter().zip(rows.chunks_exact_mut(hidden)) {
            let word = self.words.row(*token as usize).expect("tokens are checked against the vocabulary");
            let position = &self.positions[position * hidden..][..hidden];
            row.iter_mut()
                .zip(word.iter().zip(position))
                .for_each(|(x, (word, position))| *x = word + position);
        }
        self.norm.apply(self.kernels, rows, self.config.epsilon);
    }

    fn layer(
        &self,
        layer: &Layer,
        parity: usize,
        group: &Group<'_>,
        index: usize,
        rows: &mut [f32],
        scratch: &mut ShareScratch,
    ) -> Result<(), Broken> {
        let (hidden, kernels) = (self.config.hidden, self.kernels);
        {
            let mut buffer = group.projections[index][parity].write();
            let projection = room(&mut buffer, rows.len() * 3);
            for (x, y) in rows.chunks(BLOCK * hidden).zip(projection.chunks_mut(BLOCK * hidden * 3)) {
                layer.project.apply(kernels, x, Activation::None, y);
            }
        }
        group.meeting.wait()?;
        let context = room(&mut scratch.context, rows.len());
        self.attend(group, parity, index, &mut scratch.attention, context);
        for (x, context) in rows.chunks_mut(BLOCK * hidden).zip(context.chunks(BLOCK * hidden)) {
            layer.output.add_to(kernels, context, x);
            layer.output_norm.apply(kernels, x, self.config.epsilon);
            let wide = room(&mut scratch.wide, x.len() / hidden * self.config.intermediate);
            layer.widen.apply(kernels, x, self.config.activation, wide);
            layer.narrow.add_to(kernels, wide, x);
            layer.norm.apply(kernels, x, self.config.epsilon);
        }
        Ok(())
    }

    fn attend(
        &self,
        group: &Group<'_>,
        parity: usize,
        index: usize,
        scratch: &mut AttentionScratch,
        context: &mut [f32],
    ) {
        let locked: Vec<_> =
            group.projections[..group.shares.len()].iter().map(|buffers| buffers[parity].read()).collect();
        let all: Vec<_> = locked
            .iter()
            .zip(&group.shares)
            .map(|(floats, rows)| Projected { rows: rows.clone(), floats })
            .collect();
        let attention = Attention {
            kernels: self.kernels,
            hidden: self.config.hidden,
            heads: self.config.heads,
            bias: self.bias.as_ref(),
        };
        attention.apply(&all, index, &group.texts, scratch, context);
    }
}

/// The transformer's folder and the modules after it.
pub(crate) fn layout(root: &Path) -> PortResult<(PathBuf, Vec<(ModuleKind, PathBuf)>)> {
    let Some(mut modules) = read_modules(root)? else { return Ok((root.to_owned(), Vec::new())) };
    let (_, folder) = modules.remove(0);
    Ok((folder, modules))
}

/// The first `len` floats of a buffer that grows as needed and keeps what it held.
pub(crate) fn room(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

fn ranges(texts: &[&[u32]]) -> Vec<Range<usize>> {
    let mut end = 0;
    let next = |text: &&[u32]| {
        let start = end;
        end += text.len();
        start..end
    };
    texts.iter().map(next).collect()
}

fn positions(weights: &Weights, config: &TransformerConfig) -> PortResult<Vec<f32>> {
    let hidden = config.hidden;
    let mut positions =
        weights.tensor("embeddings.position_embeddings.weight", &[config.positions, hidden])?;
    if config.family != Family::Mpnet {
        let types = weights.table("embeddings.token_type_embeddings.weight", hidden)?;
        let first = types.row(0).unwrap_or_default();
        for row in positions.chunks_exact_mut(hidden) {
            row.iter_mut().zip(first).for_each(|(x, kind)| *x += kind);
        }
    }
    Ok(positions)
}
