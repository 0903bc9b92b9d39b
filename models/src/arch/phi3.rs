//! `phi3`: Phi 3, 3.5 and 4, also the mini models.
//!
//! As `llama`, with queries, keys and values in one matrix and gate and up in another, and with
//! factors for rotary frequencies that depend on how long the context may become.

use candle_core::{Result, Tensor};

use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::layers::{
    Activation, Focus, Heads, Linear, Loader, Matrix, RmsNorm, Rope, Rotation, sum,
};
use crate::pass::Pass;

/// The network.
#[derive(Debug)]
pub(crate) struct Phi3 {
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
    qkv: Linear,
    output: Linear,
    heads: Heads,
    /// Elements of all query heads, and of all key-value heads.
    widths: (usize, usize),
}

/// As the shared feed-forward part, with one matrix for gate and up.
#[derive(Debug)]
struct Mlp {
    gate_up: Linear, // (2 · feed_forward, hidden)
    down: Linear,
    feed_forward: usize,
}

impl Phi3 {
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
        let rope = self.rope.for_context(pass.context_tokens_max());
        let rotation = rope.rotation(pass.positions(), x.device())?;
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
                gate_up: loader.linear(&format!("{blk}.ffn_up"), 2 * feed_forward, hidden)?,
                down: loader.linear(&format!("{blk}.ffn_down"), hidden, feed_forward)?,
                feed_forward,
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
        let rows = (heads + 2 * kv_heads) * head_dim;
        Ok(Self {
            qkv: loader.linear(&format!("{blk}.attn_qkv"), rows, hidden)?,
            output: loader.linear(&format!("{blk}.attn_output"), hidden, heads * head_dim)?,
            heads: Heads::new(config, Focus::new(head_dim, config.sliding_window))?,
            widths: (heads * head_dim, kv_heads * head_dim),
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let (queries, keys) = self.widths;
        let qkv = self.qkv.forward(x)?;
        let q = qkv.narrow(1, 0, queries)?;
        let k = qkv.narrow(1, queries, keys)?;
        let v = qkv.narrow(1, queries + keys, keys)?;
        let mixed = self.heads.attend([&q, &k, &v], layer, rotation, pass)?; // (N, H · D)
        self.output.forward(&mixed)
    }
}

impl Mlp {
    /// (N, hidden) → (N, hidden).
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let both = self.gate_up.forward(x)?; // (N, 2 · feed_forward)
        let gate = both.narrow(1, 0, self.feed_forward)?;
        let up = both.narrow(1, self.feed_forward, self.feed_forward)?;
        self.down.forward(&Activation::Silu.apply(&gate, &up)?)
    }
}
