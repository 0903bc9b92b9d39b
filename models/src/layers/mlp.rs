//! The gated feed-forward part.

use candle_core::{Result, Tensor};

use crate::layers::Linear;

/// down(silu(gate(x)) · up(x)) (arXiv 2002.05202).
#[derive(Debug)]
pub(crate) struct Mlp {
    pub(crate) gate: Linear,
    pub(crate) up: Linear,
    pub(crate) down: Linear,
}

impl Mlp {
    /// (N, hidden) → (N, hidden).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [gate, up] = Linear::forward_all([&self.gate, &self.up], x)?; // (N, feed_forward)
        self.down.forward(&(gate.silu()? * up)?)
    }
}
