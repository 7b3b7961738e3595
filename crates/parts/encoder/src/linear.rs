//! A linear layer, its weights packed once for the CPU's kernels.

use catalejo_port::PortResult;

use crate::kernels::{Activation, AlignedFloats, Gemm, Kernels, pack_columns, panels_len};
use crate::weights::Weights;

/// `y = activation(x·Wᵀ + b)`.
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    panels: AlignedFloats,
    bias: Vec<f32>,
}

impl Linear {
    /// Reads `{name}.weight` of shape `[outputs, inputs]` and `{name}.bias`.
    pub fn read(
        weights: &Weights,
        name: &str,
        (inputs, outputs): (usize, usize),
        kernels: &Kernels,
    ) -> PortResult<Self> {
        Self::read_joined(weights, &[name], (inputs, outputs), kernels)
    }

    /// Reads several layers of the same input as one, their outputs side by side.
    pub fn read_joined(
        weights: &Weights,
        names: &[&str],
        (inputs, outputs): (usize, usize),
        kernels: &Kernels,
    ) -> PortResult<Self> {
        let (mut all, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            all.extend(weights.tensor(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(weights.tensor(&format!("{name}.bias"), &[outputs])?);
        }
        Ok(Self::new(&all, bias, inputs, kernels))
    }

    /// Packs `weights`, rows of `inputs` floats, one row for each float of `bias`.
    pub fn new(weights: &[f32], mut bias: Vec<f32>, inputs: usize, kernels: &Kernels) -> Self {
        let outputs = bias.len();
        let mut panels = AlignedFloats::zeros(panels_len(inputs, outputs, kernels.panel));
        pack_columns(weights.chunks_exact(inputs), inputs, kernels.panel, panels.as_mut_slice());
        bias.resize(outputs.next_multiple_of(kernels.panel), 0.0);
        Self { inputs, outputs, panels, bias }
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Writes `activation(x·Wᵀ + b)` for each row of `x`.
    pub fn apply(&self, kernels: &Kernels, x: &[f32], activation: Activation, y: &mut [f32]) {
        self.product(kernels, x, activation, false, y);
    }

    /// Adds `x·Wᵀ + b` to `y`.
    pub fn add_to(&self, kernels: &Kernels, x: &[f32], y: &mut [f32]) {
        self.product(kernels, x, Activation::None, true, y);
    }

    fn product(&self, kernels: &Kernels, x: &[f32], activation: Activation, add: bool, y: &mut [f32]) {
        kernels.gemm(Gemm {
            a: x,
            lda: self.inputs,
            rows: x.len() / self.inputs,
            panels: self.panels.as_slice(),
            k: self.inputs,
            n: self.outputs,
            bias: Some(&self.bias),
            scale: 1.0,
            activation,
            add,
            c: y,
            ldc: self.outputs,
        });
    }
}
