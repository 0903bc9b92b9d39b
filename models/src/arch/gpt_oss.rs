//! `gpt-oss`: the open-weight models of `OpenAI`.
//!
//! Every projection has a bias, every block has experts with a clamped activation, every head can look
//! away to a sink, and every other layer looks back over a window only.

use candle_core::{Result, Tensor};

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::layers::{
    Activation, Focus, Heads, Linear, Loader, Matrix, Moe, RmsNorm, Rope, Rotation, sum,
};
use crate::pass::Pass;

/// How steep the gate of an expert is, and where it and what it gates are cut off.
const ACTIVATION: Activation = Activation::Clamped {
    slope: 1.702,
    limit: 7.0,
};

/// The network.
#[derive(Debug)]
pub(crate) struct GptOss {
    embedding: Matrix, // (V, hidden)
    rope: Rope,
    blocks: Vec<Block>,
    norm: RmsNorm,
    output: Linear,
}

#[derive(Debug)]
struct Block {
    attention_norm: RmsNorm,
    attention: Attention,
    moe_norm: RmsNorm,
    moe: Moe,
}

#[derive(Debug)]
struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    output: Linear,
    heads: Heads,
}

impl GptOss {
    /// Reads the weights.
    pub(crate) fn load(
        config: &ModelConfig,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let (vocabulary, hidden) = (config.vocabulary, config.hidden);
        let embedding = loader.matrix("token_embd.weight", vocabulary, hidden)?;
        let blocks = (0..config.layers).map(|layer| Block::load(config, layer, loader));
        let blocks = blocks.collect::<std::result::Result<_, _>>()?;
        let norm = loader.norm("output_norm.weight", hidden, config.rms_norm_eps)?;
        let output = if config.tied_embeddings {
            Linear::new(embedding.clone(), None)
        } else {
            loader.linear("output", vocabulary, hidden)?
        };
        Ok(Self {
            embedding,
            rope: Rope::new(&config.rope),
            blocks,
            norm,
            output,
        })
    }

    /// Computes the last hidden states, normed: (N, hidden).
    pub(crate) fn forward(&self, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = self.embedding.rows(pass.tokens())?; // (N, hidden)
        let rotation = self.rope.rotation(pass.positions(), x.device())?;
        for (layer, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x, layer, &rotation, pass)?;
        }
        self.norm.forward(&x)
    }

    /// The output layer: (L, hidden) → (L, V).
    pub(crate) fn logits(&self, x: &Tensor) -> Result<Tensor> {
        self.output.forward(x)
    }
}

impl Block {
    fn load(
        config: &ModelConfig,
        layer: usize,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let (hidden, eps) = (config.hidden, config.rms_norm_eps);
        let blk = format!("blk.{layer}");
        Ok(Self {
            attention_norm: loader.norm(&format!("{blk}.attn_norm.weight"), hidden, eps)?,
            attention: Attention::load(config, layer, loader)?,
            moe_norm: loader.norm(&format!("{blk}.post_attention_norm.weight"), hidden, eps)?,
            moe: Moe::load(config, &blk, loader)?.with_activation(ACTIVATION),
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let normed = self.attention_norm.forward(x)?;
        let mixed = self.attention.forward(&normed, layer, rotation, pass)?;
        let (x, normed) = self.moe_norm.forward_sum(x, &mixed)?;
        sum(&x, &self.moe.forward(&normed)?)
    }
}

impl Attention {
    fn load(
        config: &ModelConfig,
        layer: usize,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let &ModelConfig {
            hidden,
            heads,
            kv_heads,
            head_dim,
            ..
        } = config;
        let blk = format!("blk.{layer}");
        let sinks = loader.vector(&format!("{blk}.attn_sinks.weight"), heads)?;
        let focus = Focus {
            sinks: Some(sinks),
            ..Focus::new(head_dim, config.window(layer))
        };
        let (rows, kv_rows) = (heads * head_dim, kv_heads * head_dim);
        Ok(Self {
            q: loader.linear_with_bias(&format!("{blk}.attn_q"), rows, hidden)?,
            k: loader.linear_with_bias(&format!("{blk}.attn_k"), kv_rows, hidden)?,
            v: loader.linear_with_bias(&format!("{blk}.attn_v"), kv_rows, hidden)?,
            output: loader.linear_with_bias(&format!("{blk}.attn_output"), hidden, rows)?,
            heads: Heads::new(config, focus)?,
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let [q, k, v] = Linear::forward_all([&self.q, &self.k, &self.v], x)?;
        let mixed = self.heads.attend([&q, &k, &v], layer, rotation, pass)?; // (N, H · D)
        self.output.forward(&mixed)
    }
}
