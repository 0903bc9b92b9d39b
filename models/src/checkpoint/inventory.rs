//! The tensors a network needs, so that a checkpoint without them is refused before it is loaded.

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
    weights.check("output_norm.weight", &[hidden])?;
    if !config.tied_embeddings {
        weights.check("output.weight", &[vocabulary, hidden])?;
    }
    (0..config.layers).try_for_each(|layer| check_block(config, weights, layer))
}

fn check_block(config: &ModelConfig, weights: &Weights, layer: usize) -> Result<(), ModelError> {
    let check = |name: &str, shape: &[usize]| weights.check(&format!("blk.{layer}.{name}"), shape);
    let (hidden, inner) = (config.hidden, config.feed_forward);
    let (query, key) = (
        config.heads * config.head_dim,
        config.kv_heads * config.head_dim,
    );
    check("attn_norm.weight", &[hidden])?;
    check("attn_q.weight", &[query, hidden])?;
    check("attn_k.weight", &[key, hidden])?;
    check("attn_v.weight", &[key, hidden])?;
    check("attn_output.weight", &[hidden, query])?;
    check("ffn_norm.weight", &[hidden])?;
    check("ffn_gate.weight", &[inner, hidden])?;
    check("ffn_up.weight", &[inner, hidden])?;
    check("ffn_down.weight", &[hidden, inner])?;
    if config.qkv_bias {
        check("attn_q.bias", &[query])?;
        check("attn_k.bias", &[key])?;
        check("attn_v.bias", &[key])?;
    }
    match config.architecture {
        Architecture::Qwen3 => {
            check("attn_q_norm.weight", &[config.head_dim])?;
            check("attn_k_norm.weight", &[config.head_dim])
        }
        Architecture::Llama | Architecture::Qwen2 => {
            // Ignoring a bias that the file has would give wrong logits without a word.
            let bias = format!("blk.{layer}.attn_output.bias");
            if weights.contains(&bias) {
                return Err(ModelError::UnsupportedArchitecture {
                    name: format!("{} with a bias in attn_output", config.architecture.name()),
                    supported: Architecture::SUPPORTED,
                });
            }
            Ok(())
        }
    }
}
