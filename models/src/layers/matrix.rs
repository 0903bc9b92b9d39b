//! A weight matrix in the type of its file.

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result, Tensor};

use crate::gguf::TensorKind;
use crate::kernels::native::{self, Native};
use crate::layers::flat;
use crate::layers::linear::Bias;

/// A weight matrix (rows, columns). A clone shares the weights, so tied embeddings are held once.
#[derive(Debug, Clone)]
pub(crate) enum Matrix {
    /// On the processor: the weights of the file in the order of our kernels.
    Native(Arc<Native>),
    /// On an accelerator: blocks as they are in the file.
    Quantized(Arc<QTensor>),
    /// On an accelerator: f32; f16 and bf16 are widened.
    Dense(Tensor),
}

impl Matrix {
    /// Takes `weights` in any type.
    pub(crate) fn new(weights: QTensor) -> Result<Self> {
        let kind = TensorKind::of(weights.dtype());
        if weights.device().is_cpu() && Native::has(kind) {
            let (rows, columns) = weights.shape().dims2()?;
            let native = Native::new(kind, &weights.data()?, rows, columns);
            return native.map(Self::from).ok_or_else(|| {
                candle_core::Error::Msg(format!("no ({rows}, {columns}) matrix of {}", kind.name()))
            });
        }
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

    /// Multiplies `x` (N, columns) with the transposed matrix and adds `bias` (rows,): (N, rows).
    pub(crate) fn multiply(&self, x: &Tensor, bias: Option<&Bias>) -> Result<Tensor> {
        let product = match self {
            Self::Native(weights) => {
                let [product] = multiply_native([(weights, bias)], x)?;
                return Ok(product);
            }
            Self::Quantized(weights) => x.apply_op1_no_bwd(weights.as_ref())?,
            Self::Dense(weights) => x.matmul(&weights.t()?)?,
        };
        match bias {
            Some(bias) => product.broadcast_add(&bias.tensor),
            None => Ok(product),
        }
    }

    /// As [`Matrix::multiply`] for several matrices of equal width. `x` is rounded to 8 bits once for
    /// all that are packed.
    pub(crate) fn multiply_all<const C: usize>(
        matrices: [(&Self, Option<&Bias>); C],
        x: &Tensor,
    ) -> Result<[Tensor; C]> {
        let native = matrices.map(|(matrix, bias)| matrix.native().map(|it| (it, bias)));
        let native = native.into_iter().collect::<Option<Vec<_>>>();
        if let Some(native) = native
            && let Ok(native) = <[_; C]>::try_from(native)
        {
            return multiply_native(native, x);
        }
        let mut products = matrices.map(|_| x.clone());
        for (product, (matrix, bias)) in products.iter_mut().zip(matrices) {
            *product = matrix.multiply(x, bias)?;
        }
        Ok(products)
    }

    /// Selects rows by number: (N,) → (N, columns) in f32. Only these rows are dequantised.
    pub(crate) fn rows(&self, numbers: &Tensor) -> Result<Tensor> {
        match self {
            Self::Native(weights) => native_rows(weights, numbers),
            Self::Quantized(weights) => weights.embedding(numbers),
            Self::Dense(weights) => weights.index_select(numbers, 0),
        }
    }

    fn native(&self) -> Option<&Native> {
        match self {
            Self::Native(weights) => Some(weights),
            Self::Quantized(_) | Self::Dense(_) => None,
        }
    }
}

impl From<Native> for Matrix {
    fn from(weights: Native) -> Self {
        Self::Native(Arc::new(weights))
    }
}

/// x Wᵀ + b for several W, in one region.
fn multiply_native<const C: usize>(
    matrices: [(&Native, Option<&Bias>); C],
    x: &Tensor,
) -> Result<[Tensor; C]> {
    let (tokens, columns) = x.dims2()?;
    if let Some((other, _)) = matrices.iter().find(|it| it.0.columns() != columns) {
        candle_core::bail!("{columns} columns times a matrix of {}", other.columns());
    }
    let jobs = matrices.map(|(matrix, bias)| {
        let values = bias.and_then(|bias| bias.values.as_deref());
        (matrix, values)
    });
    let products = flat::with(x, |x| native::multiply_all(x, tokens, &jobs))?;
    let mut tensors = matrices.map(|_| x.clone());
    for ((tensor, (matrix, bias)), product) in tensors.iter_mut().zip(matrices).zip(products) {
        let product = Tensor::from_vec(product, (tokens, matrix.rows()), x.device())?;
        *tensor = match bias {
            Some(bias) if bias.values.is_none() => product.broadcast_add(&bias.tensor)?,
            Some(_) | None => product,
        };
    }
    Ok(tensors)
}

fn native_rows(weights: &Native, numbers: &Tensor) -> Result<Tensor> {
    let numbers = numbers.to_vec1::<u32>()?;
    if let Some(outside) = numbers.iter().find(|it| **it as usize >= weights.rows()) {
        candle_core::bail!("row {outside} of {}", weights.rows());
    }
    let rows = weights.read_rows(&numbers);
    Tensor::from_vec(rows, (numbers.len(), weights.columns()), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

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
                let product = matrix.multiply(&x, None).unwrap();
                assert_eq!(product.dims(), &[rows, ROWS]);
                let difference = largest(&(&product - &expected).unwrap()) / largest(&expected);
                assert!(difference < bound, "{kind:?}, {rows} rows: {difference}");
                let [a, b] = Matrix::multiply_all([(&matrix, None); 2], &x).unwrap();
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
