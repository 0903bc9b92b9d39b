//! The tensors a network needs, so that a checkpoint without them is refused before it is loaded.

mod feed_forward;
mod mixed;

use crate::config::{Architecture, ModelConfig};
use crate::error::ModelError;
use crate::weights::Weights;

/// Checks that every tensor that `config` asks for is there, with its shape and a type that can be
/// computed with.
///
/// # Errors
/// [`ModelError::MissingTensor`], [`ModelError::Malformed`], [`ModelError::UnsupportedTensorType`].
pub(super) fn check(config: &ModelConfig, weights: &Weights) -> Result<(), ModelError> {
    let (hidden, vocabulary) = (config.hidden, config.vocabulary);
    weights.check("token_embd.weight", &[vocabulary, hidden])?;
    if matches!(config.architecture, Architecture::Other(_)) {
        return Ok(()); // the other library asks for the rest when it loads
    }
    weights.check("output_norm.weight", &[hidden])?;
    if !config.tied_embeddings {
        weights.check("output.weight", &[vocabulary, hidden])?;
    }
    (0..config.layers).try_for_each(|layer| {
        let block = Block {
            config,
            weights,
            layer,
        };
        block.check()
    })
}

/// The tensors of one block.
struct Block<'a> {
    config: &'a ModelConfig,
    weights: &'a Weights,
    layer: usize,
}

impl Block<'_> {
    fn check(&self) -> Result<(), ModelError> {
        self.has("attn_norm.weight", &[self.config.hidden])?;
        self.has(self.feed_forward_norm(), &[self.config.hidden])?;
        match self.config.architecture {
            Architecture::Other(_) => return Ok(()),
            Architecture::Qwen3 | Architecture::Qwen3Moe => {
                self.check_attention()?;
                self.has("attn_q_norm.weight", &[self.config.head_dim])?;
                self.has("attn_k_norm.weight", &[self.config.head_dim])?;
            }
            Architecture::Llama | Architecture::Qwen2 | Architecture::Mixtral => {
                self.check_attention()?;
                self.refuse_output_bias()?;
            }
            Architecture::Gemma3 => mixed::check_gemma3(self)?,
            Architecture::GptOss => return mixed::check_gpt_oss(self),
            Architecture::Qwen35Moe => return mixed::check_qwen35moe(self),
            Architecture::Phi3 => {
                self.check_fused_attention()?;
                return feed_forward::check_fused(self);
            }
        }
        feed_forward::check(self)
    }

    /// The norm before the feed-forward part.
    fn feed_forward_norm(&self) -> &'static str {
        match self.config.architecture {
            Architecture::GptOss | Architecture::Qwen35Moe => "post_attention_norm.weight",
            Architecture::Other(_)
            | Architecture::Llama
            | Architecture::Qwen2
            | Architecture::Qwen3
            | Architecture::Qwen3Moe
            | Architecture::Mixtral
            | Architecture::Phi3
            | Architecture::Gemma3 => "ffn_norm.weight",
        }
    }

    /// Whether the tensor `name` of the block is there, with this shape and a usable type.
    fn has(&self, name: &str, shape: &[usize]) -> Result<(), ModelError> {
        self.weights.check(&self.name(name), shape)
    }

    /// Whether the tensor `name` of the block is there with one of `shapes`.
    fn has_one_of(&self, name: &str, shapes: &[&[usize]]) -> Result<(), ModelError> {
        let fits = |shape: &&&[usize]| self.has(name, shape).is_ok();
        let shape = shapes.iter().find(fits).or(shapes.first());
        shape.map_or(Ok(()), |shape| self.has(name, shape))
    }

    fn name(&self, name: &str) -> String {
        format!("blk.{}.{name}", self.layer)
    }

    /// The rows of queries, and those of keys or values.
    fn rows(&self) -> (usize, usize) {
        let config = self.config;
        (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        )
    }

    fn check_attention(&self) -> Result<(), ModelError> {
        let hidden = self.config.hidden;
        let (query, key) = self.rows();
        self.has("attn_q.weight", &[query, hidden])?;
        self.has("attn_k.weight", &[key, hidden])?;
        self.has("attn_v.weight", &[key, hidden])?;
        self.has("attn_output.weight", &[hidden, query])?;
        if self.config.qkv_bias {
            self.has("attn_q.bias", &[query])?;
            self.has("attn_k.bias", &[key])?;
            self.has("attn_v.bias", &[key])?;
        }
        Ok(())
    }

    fn check_fused_attention(&self) -> Result<(), ModelError> {
        let hidden = self.config.hidden;
        let (query, key) = self.rows();
        self.has("attn_qkv.weight", &[query + 2 * key, hidden])?;
        self.has("attn_output.weight", &[hidden, query])
    }

    /// Ignoring a bias that the file has would give wrong logits without a word.
    fn refuse_output_bias(&self) -> Result<(), ModelError> {
        if !self.weights.contains(&self.name("attn_output.bias")) {
            return Ok(());
        }
        let name = self.config.architecture.name();
        Err(ModelError::UnsupportedArchitecture {
            name: format!("{name} with a bias in attn_output"),
            supported: Architecture::SUPPORTED,
        })
    }
}
