//! The matrices of experts in the ways files hold them.

use candle_core::Tensor;
use candle_core::quantized::{GgmlDType, QTensor};

use crate::error::ModelError;
use crate::layers::{Linear, Loader, Matrix};

/// Gates and ups, one an expert.
pub(super) type Pairs = (Vec<Linear>, Vec<Linear>);

/// Reads what goes into the experts of the block `blk`: gate and up in one stack (E, 2 · inner, hidden),
/// the gate first; or in turns, as gpt-oss has them in safetensors; or each in its own.
pub(super) fn gates_and_ups(
    loader: &mut Loader<'_>,
    blk: &str,
    count: usize,
    inner: usize,
    hidden: usize,
) -> Result<Pairs, ModelError> {
    let fused = format!("{blk}.ffn_gate_up_exps");
    if loader.contains(&format!("{fused}.transposed")) {
        return alternating(loader, &fused, count, inner, hidden);
    }
    if loader.contains(&format!("{fused}.codes")) {
        return alternating_mxfp4(loader, &fused, count, inner, hidden);
    }
    if loader.contains(&format!("{fused}.weight")) {
        let name = format!("{fused}.weight");
        let halves = loader.parts(&name, &[count, 2 * inner, hidden], 2 * count)?;
        let (mut gates, mut ups) = (Vec::new(), Vec::new());
        for (number, half) in halves.into_iter().enumerate() {
            let half = Linear::new(half, None);
            if number % 2 == 0 {
                gates.push(half);
            } else {
                ups.push(half);
            }
        }
        return Ok((gates, ups));
    }
    let gates = loader.experts(&format!("{blk}.ffn_gate"), count, inner, hidden)?;
    let ups = loader.experts(&format!("{blk}.ffn_up"), count, inner, hidden)?;
    Ok((gates, ups))
}

/// Reads what leaves the experts: (E, hidden, inner), or transposed, or with codes and scales apart.
pub(super) fn downs(
    loader: &mut Loader<'_>,
    blk: &str,
    count: usize,
    hidden: usize,
    inner: usize,
) -> Result<Vec<Linear>, ModelError> {
    let name = format!("{blk}.ffn_down_exps");
    let (transposed, codes) = (format!("{name}.transposed"), format!("{name}.codes"));
    if !loader.contains(&transposed) && !loader.contains(&codes) {
        return loader.experts(&format!("{blk}.ffn_down"), count, hidden, inner);
    }
    let biases = loader.expert_biases(&format!("{name}.bias"), count, hidden)?;
    if loader.contains(&codes) {
        let scales = format!("{name}.scales");
        let matrices = loader.mxfp4_matrices(&codes, &scales, &[count, hidden, inner])?;
        let layers = matrices.into_iter().zip(biases);
        return Ok(layers.map(|(it, bias)| Linear::new(it, bias)).collect());
    }
    let stack = loader.dense(&transposed, &[count, inner, hidden])?;
    let matrices = stack.into_iter().zip(biases).map(|(matrix, bias)| {
        let matrix = matrix_of(&matrix.t()?)?;
        Ok(Linear::new(matrix, bias))
    });
    matrices.collect()
}

/// (E, hidden, 2 · inner), gate and up in turns.
fn alternating(
    loader: &mut Loader<'_>,
    fused: &str,
    count: usize,
    inner: usize,
    hidden: usize,
) -> Result<Pairs, ModelError> {
    let biases = loader.expert_biases(&format!("{fused}.bias"), count, 2 * inner)?;
    let stack = loader.dense(&format!("{fused}.transposed"), &[count, hidden, 2 * inner])?;
    let (mut gates, mut ups) = (Vec::new(), Vec::new());
    for (matrix, bias) in stack.into_iter().zip(biases) {
        let pairs = matrix.t()?.contiguous()?.reshape((inner, 2, hidden))?;
        for (half, layers) in [&mut gates, &mut ups].into_iter().enumerate() {
            let bias = bias.as_ref().map(|bias| every_second(bias, half));
            let matrix = pairs.narrow(1, half, 1)?.reshape((inner, hidden))?;
            let matrix = matrix_of(&matrix)?;
            layers.push(Linear::new(matrix, bias.transpose()?));
        }
    }
    Ok((gates, ups))
}

/// (E, 2 · inner, hidden) in MXFP4, gate and up in turns.
fn alternating_mxfp4(
    loader: &mut Loader<'_>,
    fused: &str,
    count: usize,
    inner: usize,
    hidden: usize,
) -> Result<Pairs, ModelError> {
    let biases = loader.expert_biases(&format!("{fused}.bias"), count, 2 * inner)?;
    let (codes, scales) = (format!("{fused}.codes"), format!("{fused}.scales"));
    let halves = loader.mxfp4_halves(&codes, &scales, &[count, 2 * inner, hidden])?;
    let (mut gates, mut ups) = (Vec::new(), Vec::new());
    for ([gate, up], bias) in halves.into_iter().zip(biases) {
        let bias = |half| {
            bias.as_ref()
                .map(|bias| every_second(bias, half))
                .transpose()
        };
        gates.push(Linear::new(gate, bias(0)?));
        ups.push(Linear::new(up, bias(1)?));
    }
    Ok((gates, ups))
}

/// A matrix that was computed from others.
fn matrix_of(matrix: &Tensor) -> Result<Matrix, ModelError> {
    let matrix = QTensor::quantize(&matrix.contiguous()?, GgmlDType::F32)?;
    Ok(Matrix::new(matrix)?)
}

/// Every second element of `x` (2 · n,), from the first or the second on: (n,).
fn every_second(x: &Tensor, first: usize) -> candle_core::Result<Tensor> {
    let n = x.dim(0)? / 2;
    x.reshape((n, 2))?.narrow(1, first, 1)?.reshape(n)
}
