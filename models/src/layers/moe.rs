//! Mixture of experts: a router sends every token to a few of many feed-forward parts.
//!
//! Tokens are grouped by expert, so that each expert's matrices are read once a step however many
//! sequences ask for it. Where a token stands in the batch changes neither its experts nor the order
//! in which their outputs are added.

mod fused;
mod shared;
#[cfg(test)]
mod tests;

use candle_core::{DType, Result, Tensor};

use crate::config::{ExpertsConfig, ModelConfig, Scoring};
use crate::error::ModelError;
use crate::layers::{Activation, Linear, Loader, Mlp};
pub(crate) use shared::SharedExpert;

/// A router and its experts.
#[derive(Debug)]
pub(crate) struct Moe {
    pub(crate) router: Router,
    pub(crate) experts: Vec<Mlp>,
}

/// What chooses the experts of a token.
#[derive(Debug)]
pub(crate) struct Router {
    scores: Linear, // (E, hidden)
    /// Added to the scores when experts are chosen, but not to the weights of their outputs (E,).
    choice_bias: Option<Vec<f32>>,
    config: ExpertsConfig,
}

/// An expert of a token and what its output is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Choice {
    expert: usize,
    weight: f32,
}

impl Moe {
    /// Reads the router and the experts of the block `blk`: `ffn_gate_inp`, `exp_probs_b` where there
    /// is one, and `ffn_gate`, `ffn_up` and `ffn_down` of every expert, stacked, fused or each alone.
    pub(crate) fn load(
        config: &ModelConfig,
        blk: &str,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let hidden = config.hidden;
        let config = config.experts.as_ref();
        let config = config.ok_or_else(|| ModelError::MissingTensor {
            name: format!("{blk}.ffn_gate_inp.weight"),
        })?;
        let (count, inner) = (config.count, config.feed_forward);
        let router = Router::load(config, hidden, blk, loader)?;
        let (gates, ups) = fused::gates_and_ups(loader, blk, count, inner, hidden)?;
        let downs = fused::downs(loader, blk, count, hidden, inner)?;
        let experts = gates.into_iter().zip(ups).zip(downs);
        let experts = experts.map(|((gate, up), down)| Mlp {
            gate,
            up,
            down,
            activation: Activation::Silu,
        });
        Ok(Self {
            router,
            experts: experts.collect(),
        })
    }

    /// The same with another activation in every expert.
    pub(crate) fn with_activation(mut self, activation: Activation) -> Self {
        for expert in &mut self.experts {
            expert.activation = activation;
        }
        self
    }

    /// (N, hidden) → (N, hidden).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (tokens, hidden) = x.dims2()?;
        let used = self.router.config.used;
        let choices = self.router.choose(x)?; // (N · used)
        let groups = Groups::new(&choices, used, self.experts.len());
        let mut outputs = Vec::with_capacity(groups.rows.len());
        for (expert, rows) in &groups.rows {
            let rows = Tensor::new(rows.as_slice(), x.device())?;
            let x = x.index_select(&rows, 0)?;
            outputs.push(self.experts[*expert].forward(&x)?);
        }
        let places = Tensor::new(groups.places.as_slice(), x.device())?;
        let outputs = Tensor::cat(&outputs, 0)?.index_select(&places, 0)?;
        let weights = choices.iter().map(|it| it.weight).collect::<Vec<_>>();
        let weights = Tensor::from_vec(weights, (tokens, 1, used), x.device())?;
        weights
            .matmul(&outputs.reshape((tokens, used, hidden))?)?
            .reshape((tokens, hidden))
    }
}

impl Router {
    fn load(
        config: &ExpertsConfig,
        hidden: usize,
        blk: &str,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let scores = loader.linear(&format!("{blk}.ffn_gate_inp"), config.count, hidden)?;
        let choice_bias =
            loader.optional_vector(&format!("{blk}.exp_probs_b.bias"), config.count)?;
        Ok(Self {
            scores,
            choice_bias: choice_bias.map(|bias| bias.to_vec1()).transpose()?,
            config: config.clone(),
        })
    }

    /// The experts of each token of `x` (N, hidden), the best first: (N · used).
    fn choose(&self, x: &Tensor) -> Result<Vec<Choice>> {
        let logits = self.scores.forward(x)?.to_dtype(DType::F32)?;
        let logits = logits.to_vec2::<f32>()?; // (N, E)
        let choices = logits
            .iter()
            .flat_map(|logits| choose(logits, self.choice_bias.as_deref(), &self.config));
        Ok(choices.collect())
    }
}

/// The experts of one token with `logits` (E,). Of equal scores the lower number comes first.
fn choose(logits: &[f32], bias: Option<&[f32]>, config: &ExpertsConfig) -> Vec<Choice> {
    let scores = match config.scoring {
        Scoring::Softmax => softmax(logits),
        Scoring::Sigmoid => logits.iter().map(|it| 1.0 / (1.0 + (-it).exp())).collect(),
    };
    let rank = |expert: usize| match bias {
        Some(bias) => scores[expert] + bias[expert],
        None => scores[expert],
    };
    let mut order = (0..scores.len()).collect::<Vec<_>>();
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)).then(a.cmp(&b)));
    order.truncate(config.used);
    let sum: f32 = order.iter().map(|&expert| scores[expert]).sum();
    let share = if config.normalised { sum } else { 1.0 };
    let choice = |expert: usize| Choice {
        expert,
        weight: scores[expert] / share * config.scale,
    };
    order.into_iter().map(choice).collect()
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials = logits.iter().map(|it| (it - largest).exp());
    let exponentials = exponentials.collect::<Vec<_>>();
    let sum: f32 = exponentials.iter().sum();
    exponentials.iter().map(|it| it / sum).collect()
}

/// Tokens by expert, and the way back.
#[derive(Debug, PartialEq)]
struct Groups {
    /// Each expert that is asked, with the tokens that ask it, both ascending.
    rows: Vec<(usize, Vec<u32>)>,
    /// Where the output for each choice stands when those of all groups follow each other.
    places: Vec<u32>,
}

impl Groups {
    /// Groups `choices`, `used` a token, over `experts`.
    fn new(choices: &[Choice], used: usize, experts: usize) -> Self {
        let mut by_expert = vec![Vec::new(); experts];
        for (place, choice) in choices.iter().enumerate() {
            by_expert[choice.expert].push(place);
        }
        let mut places = vec![0; choices.len()];
        for (output, place) in by_expert.iter().flatten().enumerate() {
            places[*place] = output as u32;
        }
        let rows = by_expert.iter().enumerate();
        let rows = rows.filter(|(_, asked)| !asked.is_empty());
        let token = |place: &usize| (place / used) as u32;
        let rows = rows.map(|(expert, asked)| (expert, asked.iter().map(token).collect()));
        Self {
            rows: rows.collect(),
            places,
        }
    }
}
