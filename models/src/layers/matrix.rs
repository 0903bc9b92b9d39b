//! A weight matrix in the type of its file.

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

/// A weight matrix (rows, columns), quantised or dense. A clone shares the weights, so tied
/// embeddings are held once.
#[derive(Debug, Clone)]
pub(crate) struct Matrix(QMatMul);

impl Matrix {
    /// Takes `weights`. Quantised blocks stay as they are; f16 and bf16 are widened to f32, the only
    /// dense type that every device multiplies well.
    ///
    /// The variant is chosen here and not by [`QMatMul::from_qtensor`], which would let
    /// `CANDLE_DEQUANTIZE_ALL` in the environment change results.
    pub(crate) fn new(weights: QTensor) -> Result<Self> {
        let inside = match weights.dtype() {
            GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => {
                QMatMul::Tensor(weights.dequantize(&weights.device())?)
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
            | GgmlDType::Q8K => QMatMul::QTensor(Arc::new(weights)),
        };
        Ok(Self(inside))
    }

    /// Multiplies `x` (N, columns) with the transposed matrix: (N, rows).
    pub(crate) fn multiply(&self, x: &Tensor) -> Result<Tensor> {
        self.0.forward(x)
    }

    /// Multiplies `x` with the transposed matrix, for several matrices of equal width. Where the
    /// kernels allow it `x` is quantised once for all of them.
    pub(crate) fn multiply_all<const C: usize>(
        matrices: [&Self; C],
        x: &Tensor,
    ) -> Result<[Tensor; C]> {
        if let Some(quantized) = matrices
            .map(Self::quantized)
            .into_iter()
            .collect::<Option<Vec<_>>>()
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
        self.0.embedding(numbers)
    }

    fn quantized(&self) -> Option<&QTensor> {
        match &self.0 {
            QMatMul::QTensor(weights) => Some(weights),
            QMatMul::Tensor(_) | QMatMul::TensorF16(_) => None,
        }
    }
}
