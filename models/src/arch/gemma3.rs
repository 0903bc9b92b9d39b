//! `gemma3`: Gemma 3, its text part.
//!
//! Norms before and after attention and feed-forward part, over each head of queries and keys too. Most
//! layers are local: they look back over a window only and rotate with frequencies of their own.

use candle_core::{Result, Tensor};

use crate::config::{LayerKind, ModelConfig};
use crate::error::ModelError;
use crate::layers::{
    Activation, Focus, Heads, Linear, Loader, Matrix, Mlp, RmsNorm, Rope, Rotation, sum,
};
use crate::pass::Pass;

/// The network.
#[derive(Debug)]
pub(crate) struct Gemma3 {
    embedding: Matrix, // (V, hidden)
    embedding_scale: f64,
    rope: Rope,
    local_rope: Rope,
    blocks: Vec<Block>,
    norm: RmsNorm,
    output: Linear,
    logit_cap: Option<f64>,
}

#[derive(Debug)]
struct Block {
    local: bool,
    attention_norm: RmsNorm,
    attention: Attention,
    attention_end_norm: RmsNorm,
    mlp_norm: RmsNorm,
    mlp: Mlp,
    mlp_end_norm: RmsNorm,
}

#[derive(Debug)]
struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    output: Linear,
    heads: Heads,
}

impl Gemma3 {
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
            embedding_scale: f64::from((hidden as f32).sqrt()),
            rope: Rope::new(&config.rope),
            local_rope: Rope::new(config.local_rope.as_ref().unwrap_or(&config.rope)),
            blocks,
            norm,
            output,
            logit_cap: config.logit_cap.map(f64::from),
        })
    }

    /// Computes the last hidden states, normed: (N, hidden).
    pub(crate) fn forward(&self, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = (self.embedding.rows(pass.tokens())? * self.embedding_scale)?; // (N, hidden)
        let wide = self.rope.rotation(pass.positions(), x.device())?;
        let local = self.local_rope.rotation(pass.positions(), x.device())?;
        for (layer, block) in self.blocks.iter().enumerate() {
            let rotation = if block.local { &local } else { &wide };
            x = block.forward(&x, layer, rotation, pass)?;
        }
        self.norm.forward(&x)
    }

    /// The output layer: (L, hidden) → (L, V).
    pub(crate) fn logits(&self, x: &Tensor) -> Result<Tensor> {
        let logits = self.output.forward(x)?;
        match self.logit_cap {
            Some(cap) => (logits / cap)?.tanh()? * cap,
            None => Ok(logits),
        }
    }
}

impl Block {
    fn load(
        config: &ModelConfig,
        layer: usize,
        loader: &mut Loader<'_>,
    ) -> std::result::Result<Self, ModelError> {
        let (hidden, inner) = (config.hidden, config.feed_forward);
        let blk = format!("blk.{layer}");
        let mut norm = |name| loader.norm_of(config, &format!("{blk}.{name}.weight"), hidden);
        Ok(Self {
            local: config.layer_kinds[layer] == LayerKind::Local,
            attention_norm: norm("attn_norm")?,
            attention_end_norm: norm("post_attention_norm")?,
            mlp_norm: norm("ffn_norm")?,
            mlp_end_norm: norm("post_ffw_norm")?,
            attention: Attention::load(config, layer, loader)?,
            mlp: Mlp {
                gate: loader.linear(&format!("{blk}.ffn_gate"), inner, hidden)?,
                up: loader.linear(&format!("{blk}.ffn_up"), inner, hidden)?,
                down: loader.linear(&format!("{blk}.ffn_down"), hidden, inner)?,
                activation: Activation::Gelu,
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
        let mixed = self.attention_end_norm.forward(&mixed)?;
        let (x, normed) = self.mlp_norm.forward_sum(x, &mixed)?;
        let inner = self.mlp.forward(&normed)?;
        sum(&x, &self.mlp_end_norm.forward(&inner)?)
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
        let focus = Focus {
            scale: config.attention_scale(),
            ..Focus::new(head_dim, config.window(layer))
        };
        let q_norm = loader.norm_of(config, &format!("{blk}.attn_q_norm.weight"), head_dim)?;
        let k_norm = loader.norm_of(config, &format!("{blk}.attn_k_norm.weight"), head_dim)?;
        Ok(Self {
            q: loader.linear(&format!("{blk}.attn_q"), heads * head_dim, hidden)?,
            k: loader.linear(&format!("{blk}.attn_k"), kv_heads * head_dim, hidden)?,
            v: loader.linear(&format!("{blk}.attn_v"), kv_heads * head_dim, hidden)?,
            output: loader.linear(&format!("{blk}.attn_output"), hidden, heads * head_dim)?,
            heads: Heads::new(config, focus)?.with_norms(q_norm, k_norm),
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
