//! The gated delta rule (arXiv 2412.06464): attention whose memory of a sequence is one matrix a head.
//!
//! Each token lets the matrix fade, then corrects what it returns for the token's key. It is computed
//! as it is defined, token by token: the matrix of a head stays in the processor's cache, and beside
//! the experts of a block this is little work.

#[cfg(test)]
mod tests;

use candle_core::{Result, Tensor};

use crate::config::{LinearAttentionConfig, ValueOrder};
use crate::device::threads;

/// Multiplications below which starting threads costs more than it brings.
const SHARED_WORK_MIN: usize = 1 << 21;

/// What the rule reads of n tokens; Q key heads and S value heads.
#[derive(Debug)]
pub(crate) struct DeltaInput {
    /// (n, Q, Dk), each head scaled as attention scales its queries.
    pub(crate) queries: Tensor,
    /// (n, Q, Dk), each head of length 1.
    pub(crate) keys: Tensor,
    /// (n, S, Dv).
    pub(crate) values: Tensor,
    /// What the memory is multiplied with before each token: (n, S).
    pub(crate) decay: Tensor,
    /// How much of a correction is written: (n, S).
    pub(crate) rate: Tensor,
}

/// Reads n tokens into `memory` (S, Dk, Dv), and what it returns for each: (n, S, Dv) and the new
/// memory, on the device of the input.
pub(crate) fn delta_rule(
    config: &LinearAttentionConfig,
    input: &DeltaInput,
    memory: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let tokens = input.values.dim(0)?;
    let (heads, key_dim, value_dim) = (config.value_heads, config.key_dim, config.value_dim);
    let device = input.values.device();
    let mut memory = match memory {
        Some(memory) => flat(memory)?,
        None => vec![0.0; heads * key_dim * value_dim],
    };
    let input = Flat {
        config,
        queries: flat(&input.queries)?,
        keys: flat(&input.keys)?,
        values: flat(&input.values)?,
        decay: flat(&input.decay)?,
        rate: flat(&input.rate)?,
    };
    let mut output = vec![0.0; heads * tokens * value_dim]; // (S, n, Dv)
    let memories = memory.chunks_mut(key_dim * value_dim);
    let outputs = output.chunks_mut(tokens * value_dim);
    let mut work = memories.zip(outputs).enumerate().collect::<Vec<_>>();
    let threads = if tokens * heads * key_dim * value_dim < SHARED_WORK_MIN {
        1
    } else {
        threads().min(heads)
    };
    let each = heads.div_ceil(threads.max(1));
    if threads > 1 {
        let input = &input;
        std::thread::scope(|scope| {
            for part in work.chunks_mut(each) {
                scope.spawn(move || input.run_all(part));
            }
        });
    } else {
        input.run_all(&mut work);
    }
    let output = Tensor::from_vec(output, (heads, tokens, value_dim), device)?;
    let memory = Tensor::from_vec(memory, (heads, key_dim, value_dim), device)?;
    Ok((output.transpose(0, 1)?.contiguous()?, memory))
}

fn flat(x: &Tensor) -> Result<Vec<f32>> {
    x.flatten_all()?.to_vec1()
}

/// A head with its memory and its output.
type Work<'a> = (usize, (&'a mut [f32], &'a mut [f32]));

/// The input in rows of elements.
struct Flat<'a> {
    config: &'a LinearAttentionConfig,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    decay: Vec<f32>,
    rate: Vec<f32>,
}

impl Flat<'_> {
    fn run_all(&self, work: &mut [Work<'_>]) {
        for (head, (memory, output)) in work {
            self.run(*head, memory, output);
        }
    }

    /// Runs one value head over all tokens: its memory (Dk, Dv), its output (n, Dv).
    fn run(&self, head: usize, memory: &mut [f32], output: &mut [f32]) {
        let LinearAttentionConfig {
            key_heads,
            value_heads,
            key_dim,
            value_dim,
            ..
        } = *self.config;
        let key_head = match self.config.value_order {
            ValueOrder::Grouped => head / (value_heads / key_heads),
            ValueOrder::Tiled => head % key_heads,
        };
        let mut correction = vec![0.0; value_dim];
        for (token, output) in output.chunks_exact_mut(value_dim).enumerate() {
            let key_row = (token * key_heads + key_head) * key_dim;
            let key = &self.keys[key_row..key_row + key_dim];
            let query = &self.queries[key_row..key_row + key_dim];
            let gate = token * value_heads + head;
            let value = &self.values[gate * value_dim..(gate + 1) * value_dim];
            let (decay, rate) = (self.decay[gate], self.rate[gate]);
            correction.fill(0.0);
            for (row, key) in memory.chunks_exact_mut(value_dim).zip(key) {
                for (held, known) in row.iter_mut().zip(&mut correction) {
                    *held *= decay;
                    *known += *held * key;
                }
            }
            for (known, value) in correction.iter_mut().zip(value) {
                *known = (value - *known) * rate;
            }
            output.fill(0.0);
            let rows = memory.chunks_exact_mut(value_dim);
            for (row, (key, query)) in rows.zip(key.iter().zip(query)) {
                for ((held, correction), out) in row.iter_mut().zip(&correction).zip(&mut *output) {
                    *held += key * correction;
                    *out += *held * query;
                }
            }
        }
    }
}
