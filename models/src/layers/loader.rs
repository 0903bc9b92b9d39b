//! Layers from weights, by name.

use candle_core::{Device, Tensor};

use crate::checkpoint::Checkpoint;
use crate::decoder::LoadProgress;
use crate::error::ModelError;
use crate::layers::{Linear, Matrix, RmsNorm};
use crate::quantize::Quantize;
use crate::weights::Weights;

/// Reads the weights an architecture names and reports after each how far it is.
pub(crate) struct Loader<'a> {
    weights: Weights,
    device: &'a Device,
    progress: &'a mut dyn FnMut(LoadProgress),
    so_far: LoadProgress,
    quantize: Option<Quantize>,
}

impl<'a> Loader<'a> {
    /// Starts to read `checkpoint` onto `device`.
    pub(crate) fn new(
        checkpoint: &Checkpoint,
        device: &'a Device,
        progress: &'a mut dyn FnMut(LoadProgress),
    ) -> Self {
        let so_far = LoadProgress {
            done_bytes: 0,
            total_bytes: checkpoint.size_bytes(),
        };
        progress(so_far);
        Self {
            weights: checkpoint.weights(),
            device,
            progress,
            so_far,
            quantize: None,
        }
    }

    /// Makes matrices smaller while they are read.
    pub(crate) fn with_quantize(mut self, quantize: Option<Quantize>) -> Self {
        self.quantize = quantize;
        self
    }

    /// Reads the matrix `name` (rows, columns).
    pub(crate) fn matrix(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Matrix, ModelError> {
        let weights = self
            .weights
            .matrix_as(name, rows, columns, self.quantize, self.device)?;
        let matrix = Matrix::new(weights)?;
        self.advance(name);
        Ok(matrix)
    }

    /// Reads the matrices of the tensor `name` (count, rows, columns), such as those of experts.
    #[allow(dead_code)] // for architectures with experts
    pub(crate) fn matrices(
        &mut self,
        name: &str,
        shape: [usize; 3],
    ) -> Result<Vec<Matrix>, ModelError> {
        let matrices = (0..shape[0]).map(|index| {
            let (quantize, device) = (self.quantize, self.device);
            Matrix::new(
                self.weights
                    .matrix_of(name, index, shape, quantize, device)?,
            )
            .map_err(ModelError::from)
        });
        let matrices = matrices.collect::<Result<_, ModelError>>()?;
        self.advance(name);
        Ok(matrices)
    }

    /// Reads the matrices of MXFP4 weights as Hugging Face stores them, codes and scales apart.
    #[allow(dead_code)] // for architectures with experts
    pub(crate) fn mxfp4_matrices(
        &mut self,
        codes: &str,
        scales: &str,
        shape: [usize; 3],
    ) -> Result<Vec<Matrix>, ModelError> {
        let matrices = (0..shape[0]).map(|index| {
            let weights = self
                .weights
                .mxfp4_matrix_of(codes, scales, index, shape, self.device)?;
            Matrix::new(weights).map_err(ModelError::from)
        });
        let matrices = matrices.collect::<Result<_, ModelError>>()?;
        self.advance(codes);
        self.advance(scales);
        Ok(matrices)
    }

    /// Reads a linear layer: `<part>.weight` (outputs, inputs), and `<part>.bias` (outputs,) where the
    /// checkpoint has one.
    pub(crate) fn linear(
        &mut self,
        part: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Linear, ModelError> {
        let weight = self.matrix(&format!("{part}.weight"), outputs, inputs)?;
        let bias_name = format!("{part}.bias");
        let bias = if self.weights.contains(&bias_name) {
            Some(self.vector(&bias_name, outputs)?)
        } else {
            None
        };
        Ok(Linear::new(weight, bias))
    }

    /// Reads a linear layer that must have its bias.
    pub(crate) fn linear_with_bias(
        &mut self,
        part: &str,
        outputs: usize,
        inputs: usize,
    ) -> Result<Linear, ModelError> {
        let weight = self.matrix(&format!("{part}.weight"), outputs, inputs)?;
        let bias = self.vector(&format!("{part}.bias"), outputs)?;
        Ok(Linear::new(weight, Some(bias)))
    }

    /// Reads the norm `name` of `width` elements.
    pub(crate) fn norm(
        &mut self,
        name: &str,
        width: usize,
        eps: f64,
    ) -> Result<RmsNorm, ModelError> {
        Ok(RmsNorm::new(self.vector(name, width)?, eps))
    }

    /// Ends loading: nothing may have changed the files meanwhile.
    pub(crate) fn finish(self) -> Result<(), ModelError> {
        self.weights.check_unchanged()?;
        (self.progress)(LoadProgress {
            done_bytes: self.so_far.total_bytes,
            ..self.so_far
        });
        Ok(())
    }

    fn vector(&mut self, name: &str, len: usize) -> Result<Tensor, ModelError> {
        let vector = self.weights.vector(name, len, self.device)?;
        self.advance(name);
        Ok(vector)
    }

    fn advance(&mut self, name: &str) {
        let done_bytes = self.so_far.done_bytes + self.weights.size_bytes(name);
        self.so_far.done_bytes = done_bytes.min(self.so_far.total_bytes);
        (self.progress)(self.so_far);
    }
}
