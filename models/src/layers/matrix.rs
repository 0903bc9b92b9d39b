//! A weight matrix in the type of its file.

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Result, Tensor};

/// A weight matrix (rows, columns). A clone shares the weights, so tied embeddings are held once.
///
/// This is candle's `QMatMul` without its look at the environment: `CANDLE_DEQUANTIZE_ALL` does not
/// change what a model answers.
#[derive(Debug, Clone)]
pub(crate) enum Matrix {
    /// Blocks as they are in the file.
    Quantized(Arc<QTensor>),
    /// f32; f16 and bf16 are widened, since no processor kernel multiplies them at a useful speed.
    Dense(Tensor),
}

impl Matrix {
    /// Takes `weights` in any type.
    pub(crate) fn new(weights: QTensor) -> Result<Self> {
        match weights.dtype() {
            GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => {
                Ok(Self::Dense(weights.dequantize(&weights.device())?))
            }
            GgmlDType::Q4_0
            | GgmlDType::Q4_1
            | GgmlDType::Q5_0
            | GgmlDType::Q5_1
            | GgmlDType::Q8_0
            | GgmlDType::Q8_1
            | GgmlDType::Q2K
            | GgmlDType::Q3K
            | GgmlDType::Q4K
            | GgmlDType::Q5K
            | GgmlDType::Q6K
            | GgmlDType::Q8K => Ok(Self::Quantized(Arc::new(weights))),
        }
    }

    /// Multiplies `x` (N, columns) with the transposed matrix: (N, rows).
    pub(crate) fn multiply(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Quantized(weights) => x.apply_op1_no_bwd(weights.as_ref()),
            Self::Dense(weights) => multiply_dense(weights, x),
        }
    }

    /// Multiplies `x` with the transposed matrix, for several matrices of equal width. Where the
    /// kernels allow it `x` is quantised once for all of them.
    pub(crate) fn multiply_all<const C: usize>(
        matrices: [&Self; C],
        x: &Tensor,
    ) -> Result<[Tensor; C]> {
        let quantized = matrices
            .map(Self::quantized)
            .into_iter()
            .collect::<Option<Vec<_>>>();
        if let Some(quantized) = quantized
            && let Some(products) = QTensor::gemv_fused_shared_lhs(&quantized, x)?
            && let Ok(products) = <[Tensor; C]>::try_from(products)
        {
            return Ok(products);
        }
        let mut products = matrices.map(|_| x.clone());
        for (product, matrix) in products.iter_mut().zip(matrices) {
            *product = matrix.multiply(x)?;
        }
        Ok(products)
    }

    /// Selects rows by number: (N,) → (N, columns) in f32. Only these rows are dequantised.
    pub(crate) fn rows(&self, numbers: &Tensor) -> Result<Tensor> {
        match self {
            Self::Quantized(weights) => weights.embedding(numbers),
            Self::Dense(weights) => weights.index_select(numbers, 0),
        }
    }

    fn quantized(&self) -> Option<&QTensor> {
        match self {
            Self::Quantized(weights) => Some(weights),
            Self::Dense(_) => None,
        }
    }
}

/// x Wᵀ. For a few rows of `x` a processor computes (W xᵀ)ᵀ in a fifth of the time, since then the
/// weights are read in their order.
fn multiply_dense(weights: &Tensor, x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dim(0)? > 1 {
        weights.matmul(&x.t()?.contiguous()?)?.t()?.contiguous()
    } else {
        x.matmul(&weights.t()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use candle_core::Device;

    use super::*;

    const ROWS: usize = 32;
    const COLUMNS: usize = 256;

    fn wave(rows: usize, columns: usize, step: f32) -> Tensor {
        let data = (0..rows * columns)
            .map(|i| (i as f32 * step).sin())
            .collect::<Vec<_>>();
        Tensor::from_vec(data, (rows, columns), &Device::Cpu).unwrap()
    }

    fn matrix(kind: GgmlDType) -> (Matrix, Tensor) {
        let weights = QTensor::quantize(&wave(ROWS, COLUMNS, 0.17), kind).unwrap();
        let dense = weights.dequantize(&Device::Cpu).unwrap();
        (Matrix::new(weights).unwrap(), dense)
    }

    fn largest(x: &Tensor) -> f32 {
        x.abs().unwrap().max_all().unwrap().to_scalar().unwrap()
    }

    /// Every type multiplies as its dequantised weights do, but for activations rounded to 8 bits.
    #[test]
    fn products_equal_those_of_the_dequantised_weights() {
        let kinds = [
            (GgmlDType::F32, 1e-5),
            (GgmlDType::F16, 1e-5),
            (GgmlDType::BF16, 1e-5),
            (GgmlDType::Q4_0, 2e-2),
            (GgmlDType::Q4_1, 2e-2),
            (GgmlDType::Q5_0, 2e-2),
            (GgmlDType::Q5_1, 2e-2),
            (GgmlDType::Q8_0, 2e-2),
            (GgmlDType::Q2K, 2e-2),
            (GgmlDType::Q3K, 2e-2),
            (GgmlDType::Q4K, 2e-2),
            (GgmlDType::Q5K, 2e-2),
            (GgmlDType::Q6K, 2e-2),
        ];
        for (kind, bound) in kinds {
            let (matrix, dense) = matrix(kind);
            for rows in [1, 2, 5, 33] {
                let x = wave(rows, COLUMNS, 0.29);
                let expected = x.matmul(&dense.t().unwrap()).unwrap();
                let product = matrix.multiply(&x).unwrap();
                assert_eq!(product.dims(), &[rows, ROWS]);
                let difference = largest(&(&product - &expected).unwrap()) / largest(&expected);
                assert!(difference < bound, "{kind:?}, {rows} rows: {difference}");
                let [a, b] = Matrix::multiply_all([&matrix, &matrix], &x).unwrap();
                assert!(largest(&(&a - &product).unwrap()) < 1e-4, "{kind:?}");
                assert!(largest(&(&a - &b).unwrap()) == 0.0, "{kind:?}");
            }
        }
    }

    #[test]
    fn rows_are_selected_in_any_order_and_more_than_once() {
        for kind in [
            GgmlDType::F32,
            GgmlDType::F16,
            GgmlDType::Q8_0,
            GgmlDType::Q4K,
        ] {
            let (matrix, dense) = matrix(kind);
            let numbers = Tensor::new(&[31u32, 0, 7, 7], &Device::Cpu).unwrap();
            let rows = matrix.rows(&numbers).unwrap();
            let expected = dense.index_select(&numbers, 0).unwrap();
            assert!(largest(&(rows - expected).unwrap()) == 0.0, "{kind:?}");
        }
    }
}
