//! Layers from weights, by name.

use candle_core::{Device, Tensor};

use crate::checkpoint::Checkpoint;
use crate::decoder::LoadProgress;
use crate::error::ModelError;
use crate::layers::{Linear, Matrix, RmsNorm};
use crate::weights::Weights;

/// Reads the weights an architecture names and reports after each how far it is.
pub(crate) struct Loader<'a> {
    weights: Weights,
    device: &'a Device,
    progress: &'a mut dyn FnMut(LoadProgress),
    so_far: LoadProgress,
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
        }
    }

    /// Reads the matrix `name` (rows, columns).
    pub(crate) fn matrix(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Matrix, ModelError> {
        let weights = self.weights.matrix(name, rows, columns, self.device)?;
        let matrix = Matrix::new(weights)?;
        self.advance(name);
        Ok(matrix)
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

    /// Reads one linear layer an expert, `count` of them: slices of `<part>_exps.weight` (E, outputs,
    /// inputs) with `<part>_exps.bias` (E, outputs) where the checkpoint has one, else the layers
    /// `<part>.<expert>`.
    pub(crate) fn experts(
        &mut self,
        part: &str,
        count: usize,
        outputs: usize,
        inputs: usize,
    ) -> Result<Vec<Linear>, ModelError> {
        let stacked = format!("{part}_exps.weight");
        if !self.weights.contains(&stacked) {
            let alone = |expert| self.linear(&format!("{part}.{expert}"), outputs, inputs);
            return (0..count).map(alone).collect();
        }
        let biases = self.expert_biases(&format!("{part}_exps.bias"), count, outputs)?;
        let mut layers = Vec::with_capacity(count);
        for (expert, bias) in biases.into_iter().enumerate() {
            let rows = expert * outputs..(expert + 1) * outputs;
            let shape = [count, outputs, inputs];
            let weights = self
                .weights
                .matrix_rows(&stacked, &shape, rows, self.device)?;
            layers.push(Linear::new(Matrix::new(weights)?, bias));
        }
        self.advance(&stacked);
        Ok(layers)
    }

    /// The rows of the stack `name` (E, outputs), or `count` times none.
    fn expert_biases(
        &mut self,
        name: &str,
        count: usize,
        outputs: usize,
    ) -> Result<Vec<Option<Tensor>>, ModelError> {
        if !self.weights.contains(name) {
            return Ok(vec![None; count]);
        }
        let stack = self.weights.matrix(name, count, outputs, self.device)?;
        self.advance(name);
        let stack = stack.dequantize(self.device)?;
        let bias = |expert| Ok(Some(stack.get(expert)?));
        (0..count).map(bias).collect()
    }

    /// Reads the vector `name` (len,) where the checkpoint has it.
    pub(crate) fn optional_vector(
        &mut self,
        name: &str,
        len: usize,
    ) -> Result<Option<Tensor>, ModelError> {
        if self.weights.contains(name) {
            self.vector(name, len).map(Some)
        } else {
            Ok(None)
        }
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
