//! Layers from weights, by name.

use std::ops::Range;

use candle_core::{Device, Tensor};

use crate::checkpoint::Checkpoint;
use crate::config::ModelConfig;
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

    /// The weights, for who reads them in another way.
    pub(crate) fn weights(&self) -> Weights {
        self.weights.clone()
    }

    /// Makes matrices smaller while they are read.
    pub(crate) fn with_quantize(mut self, quantize: Option<Quantize>) -> Self {
        self.weights = self.weights.quantized(quantize);
        self
    }

    /// Reads the matrix `name` (rows, columns).
    pub(crate) fn matrix(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Matrix, ModelError> {
        let matrix = self.matrix_rows(name, &[rows, columns], 0..rows)?;
        self.advance(name);
        Ok(matrix)
    }

    /// Reads the matrices of MXFP4 weights of `shape` (E, rows, columns) as Hugging Face stores them,
    /// codes and scales apart: E times (rows, columns).
    pub(crate) fn mxfp4_matrices(
        &mut self,
        codes: &str,
        scales: &str,
        shape: &[usize; 3],
    ) -> Result<Vec<Matrix>, ModelError> {
        let rows = shape[1];
        let part = |number: usize| {
            let rows = number * rows..(number + 1) * rows;
            let weights = self
                .weights
                .mxfp4_rows(codes, scales, shape, rows, self.device)?;
            Ok::<_, ModelError>(Matrix::new(weights)?)
        };
        let matrices = (0..shape[0]).map(part).collect::<Result<_, _>>()?;
        self.advance(codes);
        self.advance(scales);
        Ok(matrices)
    }

    /// As [`Loader::mxfp4_matrices`], each with its every second row from the first on and from the second
    /// on apart: E times twice (rows / 2, columns).
    pub(crate) fn mxfp4_halves(
        &mut self,
        codes: &str,
        scales: &str,
        shape: &[usize; 3],
    ) -> Result<Vec<[Matrix; 2]>, ModelError> {
        let rows = shape[1];
        let part = |number: usize| {
            let rows = number * rows..(number + 1) * rows;
            let halves = self
                .weights
                .mxfp4_halves(codes, scales, shape, rows, self.device)?;
            let [first, second] = halves.map(Matrix::new);
            Ok::<_, ModelError>([first?, second?])
        };
        let matrices = (0..shape[0]).map(part).collect::<Result<_, _>>()?;
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
            layers.push(Linear::new(self.matrix_rows(&stacked, &shape, rows)?, bias));
        }
        self.advance(&stacked);
        Ok(layers)
    }

    /// The rows of the stack `name` (E, outputs), or `count` times none.
    pub(crate) fn expert_biases(
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
        Ok(RmsNorm::new(self.vector(name, width)?, eps)?)
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

    /// Whether the checkpoint has the tensor `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.weights.contains(name)
    }

    /// Reads the norm `name` of `width` elements, whose weights may be stored less 1.
    pub(crate) fn norm_of(
        &mut self,
        config: &ModelConfig,
        name: &str,
        width: usize,
    ) -> Result<RmsNorm, ModelError> {
        let weights = self.vector(name, width)?;
        let weights = if config.norms_from_zero {
            (weights + 1.0)?
        } else {
            weights
        };
        Ok(RmsNorm::new(weights, config.rms_norm_eps)?)
    }

    /// Reads the linear layer `name` with one output: (inputs,) or (1, inputs).
    pub(crate) fn row(&mut self, name: &str, inputs: usize) -> Result<Linear, ModelError> {
        let shape = self.shape_of(name, &[&[inputs], &[1, inputs]]);
        let row = self.matrix_rows(name, &shape, 0..1)?;
        self.advance(name);
        Ok(Linear::new(row, None))
    }

    /// Reads the columns of `name`, (rows, columns) or with a dimension of 1 between: (rows,) each.
    pub(crate) fn columns(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Vec<Tensor>, ModelError> {
        let shape = self.shape_of(name, &[&[rows, columns], &[rows, 1, columns]]);
        let stack = self
            .weights
            .matrix_rows(name, &shape, 0..rows, self.device)?;
        self.advance(name);
        let stack = stack.dequantize(self.device)?.t()?.contiguous()?;
        let column = |number| Ok(stack.get(number)?);
        (0..columns).map(column).collect()
    }

    /// Reads the matrices that `name` of `shape` is made of, `count` of equal size.
    pub(crate) fn parts(
        &mut self,
        name: &str,
        shape: &[usize],
        count: usize,
    ) -> Result<Vec<Matrix>, ModelError> {
        let rows = shape.iter().rev().skip(1).product::<usize>() / count;
        let part =
            |number: usize| self.matrix_rows(name, shape, number * rows..(number + 1) * rows);
        let parts = (0..count).map(part).collect::<Result<_, ModelError>>()?;
        self.advance(name);
        Ok(parts)
    }

    /// Reads `name` of `shape` (E, rows, columns) in f32: E times (rows, columns).
    pub(crate) fn dense(
        &mut self,
        name: &str,
        shape: &[usize; 3],
    ) -> Result<Vec<Tensor>, ModelError> {
        let rows = shape[1];
        let part = |number: usize| {
            let rows = number * rows..(number + 1) * rows;
            let weights = self.weights.matrix_rows(name, shape, rows, self.device)?;
            Ok::<_, ModelError>(weights.dequantize(self.device)?)
        };
        let parts = (0..shape[0]).map(part).collect::<Result<_, _>>()?;
        self.advance(name);
        Ok(parts)
    }

    /// Reads what decays of linear attention are scaled with (len,), below 0: `ssm_a` of `blk` as it is,
    /// or the negative exponential of `ssm_a_log`.
    pub(crate) fn decay_scale(&mut self, blk: &str, len: usize) -> Result<Tensor, ModelError> {
        let name = format!("{blk}.ssm_a");
        if self.contains(&name) {
            return self.vector(&name, len);
        }
        let logarithm = self.vector(&format!("{blk}.ssm_a_log"), len)?;
        Ok(logarithm.exp()?.neg()?)
    }

    /// Reads `rows` of the tensor `name` of `shape`, all its dimensions but the last taken as rows.
    fn matrix_rows(
        &self,
        name: &str,
        shape: &[usize],
        rows: Range<usize>,
    ) -> Result<Matrix, ModelError> {
        if self.device.is_cpu()
            && let Some(native) = self.weights.native_rows(name, shape, rows.clone())?
        {
            return Ok(native.into());
        }
        let weights = self.weights.matrix_rows(name, shape, rows, self.device)?;
        Ok(Matrix::new(weights)?)
    }

    /// The first of `shapes` that has as many dimensions as the tensor `name`, else the first.
    fn shape_of(&self, name: &str, shapes: &[&[usize]]) -> Vec<usize> {
        let dimensions = self.weights.dimensions(name);
        let known = shapes.iter().find(|shape| Some(shape.len()) == dimensions);
        known
            .or(shapes.first())
            .map_or(Vec::new(), |it| it.to_vec())
    }

    /// Reads the vector `name` (len,).
    pub(crate) fn vector(&mut self, name: &str, len: usize) -> Result<Tensor, ModelError> {
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
