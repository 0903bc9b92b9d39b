//! The matrices of experts in the ways files hold them.

use candle_core::Tensor;

use crate::error::ModelError;
use crate::layers::{Linear, Loader};

/// Gates and ups, one an expert.
pub(super) type Pairs = (Vec<Linear>, Vec<Linear>);

/// Reads what goes into the experts of the block `blk`: gate and up in one stack (E, 2 · inner, hidden),
/// the gate first; or transposed and alternating as gpt-oss has them in safetensors; or each in its own.
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

/// Reads what leaves the experts: (E, hidden, inner), or transposed.
pub(super) fn downs(
    loader: &mut Loader<'_>,
    blk: &str,
    count: usize,
    hidden: usize,
    inner: usize,
) -> Result<Vec<Linear>, ModelError> {
    let name = format!("{blk}.ffn_down_exps");
    let transposed = format!("{name}.transposed");
    if !loader.contains(&transposed) {
        return loader.experts(&format!("{blk}.ffn_down"), count, hidden, inner);
    }
    let biases = loader.expert_biases(&format!("{name}.bias"), count, hidden)?;
    let stack = loader.dense(&transposed, &[count, inner, hidden])?;
    let matrices = stack.into_iter().zip(biases).map(|(matrix, bias)| {
        let matrix = loader.matrix_of(&matrix.t()?)?;
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
            let matrix = loader.matrix_of(&matrix)?;
            layers.push(Linear::new(matrix, bias.transpose()?));
        }
    }
    Ok((gates, ups))
}

/// Every second element of `x` (2 · n,), from the first or the second on: (n,).
fn every_second(x: &Tensor, first: usize) -> candle_core::Result<Tensor> {
    let n = x.dim(0)? / 2;
    x.reshape((n, 2))?.narrow(1, first, 1)?.reshape(n)
}
