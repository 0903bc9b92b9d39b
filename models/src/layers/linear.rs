//! The linear layer.

use candle_core::{Result, Tensor};

use crate::layers::Matrix;

/// x Wᵀ + b. The only place where weights meet activations: faster kernels replace what is inside
/// [`Matrix`], and no architecture notices.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Matrix,
    bias: Option<Bias>,
}

/// What is added to every row (out,), where kernels of either kind find it.
#[derive(Debug)]
pub(crate) struct Bias {
    pub(crate) tensor: Tensor,
    /// Its elements; none where they are not f32.
    pub(crate) values: Option<Vec<f32>>,
}

impl Linear {
    /// Takes a weight (out, in) and a bias (out,).
    pub(crate) fn new(weight: Matrix, bias: Option<Tensor>) -> Self {
        let bias = bias.map(|tensor| Bias {
            values: tensor.to_vec1().ok(),
            tensor,
        });
        Self { weight, bias }
    }

    /// (N, in) → (N, out).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.weight.multiply(x, self.bias.as_ref())
    }

    /// Applies several layers to the same `x`, which costs less than one after the other.
    pub(crate) fn forward_all<const C: usize>(
        layers: [&Self; C],
        x: &Tensor,
    ) -> Result<[Tensor; C]> {
        Matrix::multiply_all(layers.map(|it| (&it.weight, it.bias.as_ref())), x)
    }
}
