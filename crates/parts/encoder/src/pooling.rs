//! From token vectors to one vector a text: the modules after the transformer.

use std::path::{Path, PathBuf};

use catalejo_port::PortResult;
use serde::Deserialize;

use crate::config::{ModuleKind, broken, read_json};
use crate::kernels::{Activation, Kernels};
use crate::linear::Linear;
use crate::weights::Weights;

/// The modules in their order.
pub(crate) struct Head {
    pooling: Vec<Pooling>,
    steps: Vec<Step>,
    dimensions: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    Mean,
    First,
    Max,
    MeanSqrtLen,
}

/// A function of each component that the kernels do not have.
type Elementwise = fn(f32) -> f32;

enum Step {
    Dense(Linear, Option<Elementwise>, Activation),
    Normalize,
}

impl Head {
    /// Reads the modules that follow the transformer; without `modules.json` the average of the tokens.
    pub fn read(
        modules: &[(ModuleKind, PathBuf)],
        source: &Path,
        hidden: usize,
        kernels: &Kernels,
    ) -> PortResult<Self> {
        let mut modules = modules.iter();
        let pooling = match modules.next() {
            None => vec![Pooling::Mean],
            Some((ModuleKind::Pooling, folder)) => read_pooling(folder)?,
            Some(_) => return Err(broken(source, "the module after the Transformer must be a Pooling")),
        };
        let mut head = Self { dimensions: hidden * pooling.len(), pooling, steps: Vec::new() };
        for (kind, folder) in modules {
            match kind {
                ModuleKind::Dense => head.steps.push(read_dense(folder, &mut head.dimensions, kernels)?),
                ModuleKind::Normalize => head.steps.push(Step::Normalize),
                _ => return Err(broken(source, "only Dense and Normalize may follow the Pooling")),
            }
        }
        Ok(head)
    }

    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The vector of one text from its tokens' vectors of `hidden` floats each.
    pub fn apply(&self, kernels: &Kernels, tokens: &[f32], hidden: usize) -> Vec<f32> {
        let mut vector: Vec<f32> =
            self.pooling.iter().flat_map(|pooling| pooling.apply(tokens, hidden)).collect();
        for step in &self.steps {
            match step {
                Step::Normalize => normalize(&mut vector),
                Step::Dense(linear, function, activation) => {
                    let mut next = vec![0.0; linear.outputs()];
                    linear.apply(kernels, &vector, *activation, &mut next);
                    if let Some(function) = function {
                        next.iter_mut().for_each(|x| *x = function(*x));
                    }
                    vector = next;
                }
            }
        }
        vector
    }
}

impl Pooling {
    fn apply(self, tokens: &[f32], hidden: usize) -> Vec<f32> {
        let rows = tokens.chunks_exact(hidden);
        let count = rows.len().max(1) as f32;
        let fold = |start: f32, f: fn(f32, f32) -> f32| {
            let mut all = vec![start; hidden];
            for row in rows.clone() {
                all.iter_mut().zip(row).for_each(|(all, x)| *all = f(*all, *x));
            }
            all
        };
        let divided = |by: f32| fold(0.0, |a, b| a + b).into_iter().map(|x| x / by).collect();
        match self {
            _ if tokens.is_empty() => vec![0.0; hidden],
            Self::First => tokens[..hidden].to_vec(),
            Self::Max => fold(f32::NEG_INFINITY, f32::max),
            Self::Mean => divided(count),
            Self::MeanSqrtLen => divided(count.sqrt()),
        }
    }
}

fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|x| *x /= length);
}

fn read_pooling(folder: &Path) -> PortResult<Vec<Pooling>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Modes {
        One(String),
        Many(Vec<String>),
    }
    #[derive(Deserialize)]
    struct Raw {
        // the form of newer releases
        pooling_mode: Option<Modes>,
        #[serde(default)]
        pooling_mode_cls_token: bool,
        #[serde(default)]
        pooling_mode_max_tokens: bool,
        #[serde(default)]
        pooling_mode_mean_tokens: bool,
        #[serde(default)]
        pooling_mode_mean_sqrt_len_tokens: bool,
        #[serde(default)]
        pooling_mode_weightedmean_tokens: bool,
        #[serde(default)]
        pooling_mode_lasttoken: bool,
    }
    let path = folder.join("config.json");
    let raw: Raw = read_json(&path)?;
    let names = match raw.pooling_mode {
        Some(Modes::One(name)) => vec![name],
        Some(Modes::Many(names)) => names,
        None => [
            ("cls", raw.pooling_mode_cls_token),
            ("max", raw.pooling_mode_max_tokens),
            ("mean", raw.pooling_mode_mean_tokens),
            ("mean_sqrt_len_tokens", raw.pooling_mode_mean_sqrt_len_tokens),
            ("weightedmean", raw.pooling_mode_weightedmean_tokens),
            ("lasttoken", raw.pooling_mode_lasttoken),
        ]
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name.to_owned())
        .collect(),
    };
    let modes = names.iter().map(|name| match name.as_str() {
        "cls" => Ok(Pooling::First),
        "max" => Ok(Pooling::Max),
        "mean" => Ok(Pooling::Mean),
        "mean_sqrt_len_tokens" => Ok(Pooling::MeanSqrtLen),
        other => Err(broken(
            &path,
            format!(
                "the pooling `{other}` is unknown; the known ones are cls, max, mean and mean_sqrt_len_tokens"
            ),
        )),
    });
    let modes: Vec<_> = modes.collect::<PortResult<_>>()?;
    Ok(if modes.is_empty() { vec![Pooling::Mean] } else { modes })
}

fn read_dense(folder: &Path, dimensions: &mut usize, kernels: &Kernels) -> PortResult<Step> {
    #[derive(Deserialize)]
    struct Raw {
        in_features: usize,
        out_features: usize,
        #[serde(default = "yes")]
        bias: bool,
        #[serde(default = "tanh")]
        activation_function: String,
        #[serde(default)]
        use_residual: bool,
    }
    fn yes() -> bool {
        true
    }
    fn tanh() -> String {
        "torch.nn.modules.activation.Tanh".into()
    }
    let path = folder.join("config.json");
    let raw: Raw = read_json(&path)?;
    if raw.in_features != *dimensions {
        let why = format!("`in_features` is {}, but {dimensions} come in", raw.in_features);
        return Err(broken(&path, why));
    }
    if raw.use_residual {
        return Err(broken(&path, "`use_residual` is not supported"));
    }
    let (function, activation): (Option<Elementwise>, _) =
        match raw.activation_function.rsplit('.').next().unwrap_or_default() {
            "Identity" => (None, Activation::None),
            "Tanh" => (Some(f32::tanh), Activation::None),
            "Sigmoid" => (Some(|x| 1.0 / (1.0 + (-x).exp())), Activation::None),
            "ReLU" => (None, Activation::Relu),
            "GELU" => (None, Activation::Gelu),
            other => {
                let known = "Identity, Tanh, Sigmoid, ReLU and GELU";
                let why = format!("the activation `{other}` is unknown; the known ones are {known}");
                return Err(broken(&path, why));
            }
        };
    let weights = Weights::open(folder)?;
    let matrix = weights.tensor("linear.weight", &[raw.out_features, raw.in_features])?;
    let bias = match raw.bias {
        true => weights.tensor("linear.bias", &[raw.out_features])?,
        false => vec![0.0; raw.out_features],
    };
    *dimensions = raw.out_features;
    Ok(Step::Dense(Linear::new(&matrix, bias, raw.in_features, kernels), function, activation))
}
