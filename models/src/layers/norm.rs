//! Root mean square normalisation.

use candle_core::{Result, Tensor};

/// Scales the last dimension to a root mean square of 1, then by learnt weights (arXiv 1910.07467).
#[derive(Debug)]
pub(crate) struct RmsNorm {
    weight: Tensor,
    eps: f32,
}

impl RmsNorm {
    /// Takes the weights (width,) and what is added to the mean square.
    pub(crate) fn new(weight: Tensor, eps: f64) -> Self {
        Self {
            weight,
            eps: eps as f32,
        }
    }

    /// (…, width) → (…, width).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        candle_nn::ops::rms_norm(x, &self.weight, self.eps)
    }
}
