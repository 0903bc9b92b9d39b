//! The expert that every token is sent to.

use candle_core::{Result, Tensor};

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::layers::{Activation, Linear, Loader, Mlp};

/// A feed-forward part beside the experts, with a gate of its own.
#[derive(Debug)]
pub(crate) struct SharedExpert {
    gate: Linear, // (1, hidden)
    mlp: Mlp,
}

impl SharedExpert {
    /// Reads the tensors of the block `blk` whose names end with `shexp`.
    pub(crate) fn load(
        config: &ModelConfig,
        blk: &str,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let hidden = config.hidden;
        let inner = config.shared_expert.unwrap_or(config.feed_forward);
        Ok(Self {
            gate: loader.row(&format!("{blk}.ffn_gate_inp_shexp.weight"), hidden)?,
            mlp: Mlp {
                gate: loader.linear(&format!("{blk}.ffn_gate_shexp"), inner, hidden)?,
                up: loader.linear(&format!("{blk}.ffn_up_shexp"), inner, hidden)?,
                down: loader.linear(&format!("{blk}.ffn_down_shexp"), hidden, inner)?,
                activation: Activation::Silu,
            },
        })
    }

    /// (N, hidden) → (N, hidden).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let open = candle_nn::ops::sigmoid(&self.gate.forward(x)?)?; // (N, 1)
        self.mlp.forward(x)?.broadcast_mul(&open)
    }
}
