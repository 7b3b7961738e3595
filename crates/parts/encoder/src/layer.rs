//! The weights of one transformer layer, by the names that each family gives them.

use catalejo_port::PortResult;

use crate::config::{Family, TransformerConfig};
use crate::kernels::Kernels;
use crate::linear::Linear;
use crate::weights::Weights;

/// One layer's weights.
pub(crate) struct Layer {
    /// Queries, keys and values side by side.
    pub project: Linear,
    pub output: Linear,
    pub output_norm: Norm,
    pub widen: Linear,
    pub narrow: Linear,
    pub norm: Norm,
}

/// A layer normalisation's gain and bias.
pub(crate) struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    pub fn read(
        weights: &Weights,
        config: &TransformerConfig,
        index: usize,
        kernels: &Kernels,
    ) -> PortResult<Self> {
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let (names, output, output_norm) = match config.family {
            Family::Mpnet => (
                ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
                "attention.attn.o",
                "attention.LayerNorm",
            ),
            _ => (
                ["attention.self.query", "attention.self.key", "attention.self.value"],
                "attention.output.dense",
                "attention.output.LayerNorm",
            ),
        };
        let names = names.map(name);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (hidden, wide) = (config.hidden, config.intermediate);
        Ok(Self {
            project: Linear::read_joined(weights, &names, (hidden, hidden), kernels)?,
            output: Linear::read(weights, &name(output), (hidden, hidden), kernels)?,
            output_norm: Norm::read(weights, &name(output_norm), hidden)?,
            widen: Linear::read(weights, &name("intermediate.dense"), (hidden, wide), kernels)?,
            narrow: Linear::read(weights, &name("output.dense"), (wide, hidden), kernels)?,
            norm: Norm::read(weights, &name("output.LayerNorm"), hidden)?,
        })
    }
}

impl Norm {
    pub fn read(weights: &Weights, name: &str, width: usize) -> PortResult<Self> {
        // the names of early checkpoints
        let (gain, bias) =
            if weights.has(&format!("{name}.gamma")) { ("gamma", "beta") } else { ("weight", "bias") };
        Ok(Self {
            gain: weights.tensor(&format!("{name}.{gain}"), &[width])?,
            bias: weights.tensor(&format!("{name}.{bias}"), &[width])?,
        })
    }

    pub fn apply(&self, kernels: &Kernels, rows: &mut [f32], epsilon: f32) {
        kernels.layer_norm(rows, &self.gain, &self.bias, epsilon);
    }
}
