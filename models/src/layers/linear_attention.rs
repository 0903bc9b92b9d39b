//! Linear attention: a short convolution over projected tokens, then the gated delta rule.

use candle_core::{D, Result, Tensor};

use crate::cache::State;
use crate::config::{LinearAttentionConfig, ModelConfig};
use crate::error::ModelError;
use crate::layers::delta_net::{DeltaInput, delta_rule};
use crate::layers::{Linear, Loader, RmsNorm};
use crate::pass::{Pass, Place};

/// Keeps lengths of heads from being 0.
const LENGTH_EPS: f64 = 1e-6;

/// A layer that keeps no tokens, only a state a sequence. Q key heads, S value heads.
#[derive(Debug)]
pub(crate) struct LinearAttention {
    qkv: Linear,
    gate: Linear,
    rate: Linear,
    decay: Linear,
    /// The columns of the kernel, the oldest first, each (channels,).
    kernel: Vec<Tensor>,
    decay_bias: Tensor,  // (S,)
    decay_scale: Tensor, // (S,), below 0
    norm: RmsNorm,
    output: Linear,
    config: LinearAttentionConfig,
}

impl LinearAttention {
    /// Reads the layer of the block `blk`.
    pub(crate) fn load(
        model: &ModelConfig,
        config: &LinearAttentionConfig,
        blk: &str,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let hidden = model.hidden;
        let (values, heads) = (config.value_width(), config.value_heads);
        let channels = config.channels();
        Ok(Self {
            qkv: loader.linear(&format!("{blk}.attn_qkv"), channels, hidden)?,
            gate: loader.linear(&format!("{blk}.attn_gate"), values, hidden)?,
            rate: loader.linear(&format!("{blk}.ssm_beta"), heads, hidden)?,
            decay: loader.linear(&format!("{blk}.ssm_alpha"), heads, hidden)?,
            kernel: loader.columns(&format!("{blk}.ssm_conv1d.weight"), channels, config.kernel)?,
            decay_bias: loader.vector(&format!("{blk}.ssm_dt.bias"), heads)?,
            decay_scale: loader.decay_scale(blk, heads)?,
            norm: loader.norm(
                &format!("{blk}.ssm_norm.weight"),
                config.value_dim,
                model.rms_norm_eps,
            )?,
            output: loader.linear(&format!("{blk}.ssm_out"), hidden, values)?,
            config: config.clone(),
        })
    }

    /// x (N, hidden) → (N, hidden). `layer` counts the layers of this kind.
    pub(crate) fn forward(&self, x: &Tensor, layer: usize, pass: &mut Pass<'_>) -> Result<Tensor> {
        let tokens = x.dim(0)?;
        let (heads, value_dim) = (self.config.value_heads, self.config.value_dim);
        let [qkv, gate] = Linear::forward_all([&self.qkv, &self.gate], x)?;
        let [rate, decay] = Linear::forward_all([&self.rate, &self.decay], x)?; // (N, S)
        let rate = candle_nn::ops::sigmoid(&rate)?;
        let decay = softplus(&decay.broadcast_add(&self.decay_bias)?)?;
        let decay = decay.broadcast_mul(&self.decay_scale)?.exp()?;
        let mut outputs = Vec::new();
        for place in pass.places() {
            let of = |x: &Tensor| x.narrow(0, place.offset, place.len);
            let input = (of(&qkv)?, of(&decay)?, of(&rate)?);
            outputs.push(self.run(layer, place, input, pass)?);
        }
        let mixed = Tensor::cat(&outputs, 0)?; // (N, S, Dv)
        let gate = gate.reshape((tokens, heads, value_dim))?.silu()?;
        let mixed = (self.norm.forward(&mixed)? * gate)?;
        self.output
            .forward(&mixed.reshape((tokens, heads * value_dim))?)
    }

    /// One span from its state on: (n, S, Dv).
    fn run(
        &self,
        layer: usize,
        place: Place,
        (qkv, decay, rate): (Tensor, Tensor, Tensor),
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let state = pass.state(layer, place);
        let (mixed, inputs) = self.convolve(&qkv, state.as_ref())?;
        let n = place.len;
        let config = &self.config;
        let (keys, values) = (config.key_width(), config.value_width());
        let heads = |x: Tensor| {
            x.contiguous()?
                .reshape((n, config.key_heads, config.key_dim))
        };
        let queries = unit(&heads(mixed.narrow(1, 0, keys)?)?)?;
        let input = DeltaInput {
            queries: (queries * (config.key_dim as f64).powf(-0.5))?,
            keys: unit(&heads(mixed.narrow(1, keys, keys)?)?)?,
            values: mixed.narrow(1, 2 * keys, values)?.contiguous()?.reshape((
                n,
                config.value_heads,
                config.value_dim,
            ))?,
            decay,
            rate,
        };
        let (output, memory) = delta_rule(config, &input, state.as_ref().map(|it| &it.memory))?;
        pass.set_state(layer, place, State { inputs, memory });
        Ok(output)
    }

    /// The causal convolution of each channel with its kernel, through silu: (n, channels) → the same,
    /// and the inputs that the next token needs: (kernel − 1, channels).
    fn convolve(&self, x: &Tensor, state: Option<&State>) -> Result<(Tensor, Tensor)> {
        let (n, channels) = x.dims2()?;
        let before = self.kernel.len() - 1;
        let inputs = match state {
            Some(state) => state.inputs.clone(),
            None => Tensor::zeros((before, channels), x.dtype(), x.device())?,
        };
        let all = Tensor::cat(&[&inputs, x], 0)?; // (kernel − 1 + n, channels)
        let mut sum = all.narrow(0, 0, n)?.broadcast_mul(&self.kernel[0])?;
        for (back, column) in self.kernel.iter().enumerate().skip(1) {
            sum = (sum + all.narrow(0, back, n)?.broadcast_mul(column)?)?;
        }
        // A copy of its own, so that it does not keep a whole prompt in memory.
        let last = all.narrow(0, n, before)?.force_contiguous()?;
        Ok((sum.silu()?, last))
    }
}

/// ln(1 + eˣ), also where eˣ is no number any more.
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// Each head divided by its length.
fn unit(x: &Tensor) -> Result<Tensor> {
    let length = (x.sqr()?.sum_keepdim(D::Minus1)? + LENGTH_EPS)?.sqrt()?;
    x.broadcast_div(&length)
}
