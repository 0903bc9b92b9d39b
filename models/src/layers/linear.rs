//! The linear layer.

use candle_core::{Result, Tensor};

use crate::layers::Matrix;

/// x Wᵀ + b. The only place where weights meet activations: faster kernels replace what is inside
/// [`Matrix`], and no architecture notices.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Matrix,
    bias: Option<Tensor>,
}

impl Linear {
    /// Takes a weight (out, in) and a bias (out,).
    pub(crate) fn new(weight: Matrix, bias: Option<Tensor>) -> Self {
        Self { weight, bias }
    }

    /// (N, in) → (N, out).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.add_bias(self.weight.multiply(x)?)
    }

    /// Applies several layers to the same `x`, which costs less than one after the other.
    pub(crate) fn forward_all<const C: usize>(
        layers: [&Self; C],
        x: &Tensor,
    ) -> Result<[Tensor; C]> {
        let mut products = Matrix::multiply_all(layers.map(|layer| &layer.weight), x)?;
        for (product, layer) in products.iter_mut().zip(layers) {
            if layer.bias.is_some() {
                *product = layer.add_bias(product.clone())?;
            }
        }
        Ok(products)
    }

    fn add_bias(&self, product: Tensor) -> Result<Tensor> {
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}
