//! The gated feed-forward part.

use candle_core::{Device, Result, Tensor};

use crate::kernels::isa;
use crate::kernels::math::{self, Gate};
use crate::layers::Linear;
use crate::layers::values::read;

/// down(activation(gate(x), up(x))) (arXiv 2002.05202).
#[derive(Debug)]
pub(crate) struct Mlp {
    pub(crate) gate: Linear,
    pub(crate) up: Linear,
    pub(crate) down: Linear,
    pub(crate) activation: Activation,
}

/// How a gate acts on what it gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Activation {
    /// silu(gate) · up.
    Silu,
    /// gelu(gate) · up, with the approximation by tanh.
    Gelu,
    /// gate · sigmoid(slope · gate) · (up + 1), the gate at most `limit`, `up` from −`limit` to `limit`.
    Clamped {
        /// How steep the gate is.
        slope: f64,
        /// Where both are cut off.
        limit: f64,
    },
}

impl Mlp {
    /// (N, hidden) → (N, hidden).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [gate, up] = Linear::forward_all([&self.gate, &self.up], x)?; // (N, feed_forward)
        self.down.forward(&self.activation.apply(&gate, &up)?)
    }
}

impl Activation {
    /// Gates `up` with `gate`, both (N, `feed_forward`).
    pub(crate) fn apply(self, gate: &Tensor, up: &Tensor) -> Result<Tensor> {
        if !gate.device().is_cpu() {
            return self.apply_on_device(gate, up);
        }
        let (rows, width) = gate.dims2()?;
        let (gate, up) = (read(gate), read(up));
        let both = (gate.rows()?, up.rows()?);
        let gated = math::gated(isa::level(), both, rows, width, self.gate());
        Tensor::from_vec(gated, (rows, width), &Device::Cpu)
    }

    fn gate(self) -> Gate {
        match self {
            Self::Silu => Gate::Silu,
            Self::Gelu => Gate::Gelu,
            Self::Clamped { slope, limit } => Gate::Clamped {
                slope: slope as f32,
                limit: limit as f32,
            },
        }
    }

    fn apply_on_device(self, gate: &Tensor, up: &Tensor) -> Result<Tensor> {
        match self {
            Self::Silu => gate.silu()? * up,
            Self::Gelu => gate.gelu()? * up,
            Self::Clamped { slope, limit } => {
                let gate = gate.minimum(limit)?;
                let open = candle_nn::ops::sigmoid(&(&gate * slope)?)?;
                let up = (up.clamp(-limit, limit)? + 1.0)?;
                (gate * open)? * up
            }
        }
    }
}
