//! `qwen35moe`: Qwen 3.5 and 3.6 with experts, such as Qwen3.6-35B-A3B; their text part.
//!
//! Three of four layers are linear attention and keep a state instead of tokens; the fourth is full
//! attention whose heads are gated and rotate in part. Every block has experts and one that is shared.

use candle_core::{Result, Tensor};

use crate::config::{LayerKind, ModelConfig};
use crate::error::ModelError;
use crate::layers::{
    Focus, Heads, Linear, LinearAttention, Loader, Matrix, Moe, RmsNorm, Rope, Rotation,
    SharedExpert, sum,
};
use crate::pass::Pass;

/// The network.
#[derive(Debug)]
pub(crate) struct Qwen35Moe {
    embedding: Matrix, // (V, hidden)
    rope: Rope,
    blocks: Vec<Block>,
    norm: RmsNorm,
    output: Linear,
}

#[derive(Debug)]
struct Block {
    mixer_norm: RmsNorm,
    mixer: Mixer,
    moe_norm: RmsNorm,
    moe: Moe,
    shared: SharedExpert,
}

/// What mixes tokens, with its number among those of its kind: the cache knows only these.
#[derive(Debug)]
enum Mixer {
    Full(Attention, usize),
    Linear(LinearAttention, usize),
}

#[derive(Debug)]
struct Attention {
    q: Linear, // the query of each head, then its gate
    k: Linear,
    v: Linear,
    output: Linear,
    heads: Heads,
    /// Query heads, and elements of a head.
    queries: (usize, usize),
}

impl Qwen35Moe {
    /// Reads the weights.
    pub(crate) fn load(
        config: &ModelConfig,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let (vocabulary, hidden) = (config.vocabulary, config.hidden);
        let embedding = loader.matrix("token_embd.weight", vocabulary, hidden)?;
        let blocks = (0..config.layers).map(|layer| Block::load(config, layer, loader));
        let blocks = blocks.collect::<std::result::Result<_, _>>()?;
        let norm = loader.norm_of(config, "output_norm.weight", hidden)?;
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
        for block in &self.blocks {
            x = block.forward(&x, &rotation, pass)?;
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
        let blk = format!("blk.{layer}");
        let norm = format!("{blk}.attn_norm.weight");
        let moe_norm = format!("{blk}.post_attention_norm.weight");
        Ok(Self {
            mixer_norm: loader.norm_of(config, &norm, config.hidden)?,
            mixer: Mixer::load(config, layer, loader)?,
            moe_norm: loader.norm_of(config, &moe_norm, config.hidden)?,
            moe: Moe::load(config, &blk, loader)?,
            shared: SharedExpert::load(config, &blk, loader)?,
        })
    }

    fn forward(&self, x: &Tensor, rotation: &Rotation, pass: &mut Pass<'_>) -> Result<Tensor> {
        let normed = self.mixer_norm.forward(x)?;
        let mixed = match &self.mixer {
            Mixer::Full(attention, number) => {
                attention.forward(&normed, *number, rotation, pass)?
            }
            Mixer::Linear(attention, number) => attention.forward(&normed, *number, pass)?,
        };
        let (x, normed) = self.moe_norm.forward_sum(x, &mixed)?;
        let x = sum(&x, &self.moe.forward(&normed)?)?;
        sum(&x, &self.shared.forward(&normed)?)
    }
}

impl Mixer {
    fn load(
        config: &ModelConfig,
        layer: usize,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let blk = format!("blk.{layer}");
        let before = config.layer_kinds[..layer].iter();
        let linear = before.filter(|it| **it == LayerKind::Linear).count();
        match (config.layer_kinds[layer], &config.linear_attention) {
            (LayerKind::Linear, Some(kind)) => {
                let attention = LinearAttention::load(config, kind, &blk, loader)?;
                Ok(Self::Linear(attention, linear))
            }
            (LayerKind::Linear | LayerKind::Full | LayerKind::Local, _) => {
                let attention = Attention::load(config, &blk, loader)?;
                Ok(Self::Full(attention, layer - linear))
            }
        }
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
            q: loader.linear(&format!("{blk}.attn_q"), 2 * heads * head_dim, hidden)?,
            k: loader.linear(&format!("{blk}.attn_k"), kv_heads * head_dim, hidden)?,
            v: loader.linear(&format!("{blk}.attn_v"), kv_heads * head_dim, hidden)?,
            output: loader.linear(&format!("{blk}.attn_output"), hidden, heads * head_dim)?,
            heads: Heads::new(config, Focus::new(head_dim, None))?.with_norms(
                loader.norm_of(config, &format!("{blk}.attn_q_norm.weight"), head_dim)?,
                loader.norm_of(config, &format!("{blk}.attn_k_norm.weight"), head_dim)?,
            ),
            queries: (heads, head_dim),
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let tokens = x.dim(0)?;
        let (heads, head_dim) = self.queries;
        let [q, k, v] = Linear::forward_all([&self.q, &self.k, &self.v], x)?;
        let q = q.reshape((tokens, heads, 2 * head_dim))?;
        let gate = q.narrow(2, head_dim, head_dim)?.contiguous()?;
        let q = q.narrow(2, 0, head_dim)?.contiguous()?;
        let q = q.reshape((tokens, heads * head_dim))?;
        let mixed = self.heads.attend([&q, &k, &v], layer, rotation, pass)?; // (N, H · D)
        let gate = candle_nn::ops::sigmoid(&gate.reshape((tokens, heads * head_dim))?)?;
        self.output.forward(&(mixed * gate)?)
    }
}
