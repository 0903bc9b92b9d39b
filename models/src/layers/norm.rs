//! Root mean square normalisation.

use candle_core::{Device, Result, Tensor};

use crate::kernels::isa;
use crate::kernels::math::{self, Norm};
use crate::layers::values::read;

/// Scales the last dimension to a root mean square of 1, then by learnt weights (arXiv 1910.07467).
#[derive(Debug)]
pub(crate) struct RmsNorm {
    weight: Tensor,
    /// The same where kernels of the processor read them; empty on a device.
    values: Vec<f32>,
    eps: f32,
}

impl RmsNorm {
    /// Takes the weights (width,) and what is added to the mean square.
    pub(crate) fn new(weight: Tensor, eps: f64) -> Result<Self> {
        let values = if weight.device().is_cpu() {
            weight.to_vec1()?
        } else {
            Vec::new()
        };
        Ok(Self {
            weight,
            values,
            eps: eps as f32,
        })
    }

    /// (…, width) → (…, width).
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if !x.device().is_cpu() {
            return candle_nn::ops::rms_norm(x, &self.weight, self.eps);
        }
        let rows = x.elem_count() / self.values.len();
        let flat = x.reshape((rows, self.values.len()))?;
        let read = read(&flat);
        let normed = math::norm(isa::level(), read.rows()?, rows, self.of_rows());
        Tensor::from_vec(normed, x.shape(), &Device::Cpu)
    }

    /// Adds what a part of a block computed to what went into it: the sum and its norm, both (N, width).
    pub(crate) fn forward_sum(&self, x: &Tensor, more: &Tensor) -> Result<(Tensor, Tensor)> {
        if !x.device().is_cpu() {
            let sum = (x + more)?;
            let normed = self.forward(&sum)?;
            return Ok((sum, normed));
        }
        let (x_read, more) = (read(x), read(more));
        let (rows, norm) = (x.dim(0)?, self.of_rows());
        let both = (x_read.rows()?, more.rows()?);
        let (sum, normed) = math::sum_and_norm(isa::level(), both, rows, norm);
        let tensor = |of| Tensor::from_vec(of, x.shape(), &Device::Cpu);
        Ok((tensor(sum)?, tensor(normed)?))
    }

    /// What kernels norm rows or heads with.
    pub(crate) fn of_rows(&self) -> Norm<'_> {
        Norm {
            weight: &self.values,
            eps: self.eps,
        }
    }
}

/// Adds up two matrices (N, width).
pub(crate) fn sum(x: &Tensor, more: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x + more;
    }
    let (rows, width) = x.dims2()?;
    let (read_x, read_more) = (read(x), read(more));
    let both = (read_x.rows()?, read_more.rows()?);
    let sum = math::sum(isa::level(), both, rows, width);
    Tensor::from_vec(sum, (rows, width), &Device::Cpu)
}
