//! `llama`: Llama 2 and 3, Mistral, `CodeLlama`, `DeepSeek` Coder and their distills.
//!
//! Grouped-query attention with rotary positions, a gated feed-forward part, RMS norms before each.

use candle_core::{Result, Tensor};

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::layers::{
    Activation, Focus, Heads, Linear, Loader, Matrix, Mlp, RmsNorm, Rope, Rotation, sum,
};
use crate::pass::Pass;

/// The network.
#[derive(Debug)]
pub(crate) struct Llama {
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
    mlp_norm: RmsNorm,
    mlp: Mlp,
}

#[derive(Debug)]
struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    output: Linear,
    heads: Heads,
}

impl Llama {
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
        let (hidden, feed_forward, eps) = (config.hidden, config.feed_forward, config.rms_norm_eps);
        let blk = format!("blk.{layer}");
        Ok(Self {
            attention_norm: loader.norm(&format!("{blk}.attn_norm.weight"), hidden, eps)?,
            attention: Attention::load(config, &blk, loader)?,
            mlp_norm: loader.norm(&format!("{blk}.ffn_norm.weight"), hidden, eps)?,
            mlp: Mlp {
                gate: loader.linear(&format!("{blk}.ffn_gate"), feed_forward, hidden)?,
                up: loader.linear(&format!("{blk}.ffn_up"), feed_forward, hidden)?,
                down: loader.linear(&format!("{blk}.ffn_down"), hidden, feed_forward)?,
                activation: Activation::Silu,
            },
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
        let (x, normed) = self.mlp_norm.forward_sum(x, &mixed)?;
        sum(&x, &self.mlp.forward(&normed)?)
    }
}

impl Attention {
    fn load(
        config: &ModelConfig,
        blk: &str,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let &ModelConfig {
            hidden,
            heads,
            kv_heads,
            head_dim,
            ..
        } = config;
        Ok(Self {
            q: loader.linear(&format!("{blk}.attn_q"), heads * head_dim, hidden)?,
            k: loader.linear(&format!("{blk}.attn_k"), kv_heads * head_dim, hidden)?,
            v: loader.linear(&format!("{blk}.attn_v"), kv_heads * head_dim, hidden)?,
            output: loader.linear(&format!("{blk}.attn_output"), hidden, heads * head_dim)?,
            heads: Heads::new(config, Focus::new(head_dim, config.sliding_window))?,
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
