//! The tensors of architectures whose layers are not all alike.

use super::{Block, feed_forward};
use crate::config::{LayerKind, LinearAttentionConfig};
use crate::error::ModelError;

pub(super) fn check_gemma3(block: &Block<'_>) -> Result<(), ModelError> {
    let (hidden, head_dim) = (block.config.hidden, block.config.head_dim);
    block.check_attention()?;
    block.has("attn_q_norm.weight", &[head_dim])?;
    block.has("attn_k_norm.weight", &[head_dim])?;
    block.has("post_attention_norm.weight", &[hidden])?;
    block.has("post_ffw_norm.weight", &[hidden])
}

pub(super) fn check_gpt_oss(block: &Block<'_>) -> Result<(), ModelError> {
    block.check_attention()?;
    block.has("attn_output.bias", &[block.config.hidden])?;
    block.has("attn_sinks.weight", &[block.config.heads])?;
    feed_forward::check(block)
}

pub(super) fn check_qwen35moe(block: &Block<'_>) -> Result<(), ModelError> {
    let (config, layer) = (block.config, block.layer);
    match (config.layer_kinds.get(layer), &config.linear_attention) {
        (Some(LayerKind::Linear), Some(linear)) => check_linear_attention(block, linear)?,
        (Some(LayerKind::Linear | LayerKind::Full | LayerKind::Local) | None, _) => {
            check_gated_attention(block)?;
        }
    }
    let (hidden, inner) = (config.hidden, config.shared_expert.unwrap_or(1));
    block.has_one_of("ffn_gate_inp_shexp.weight", &[&[hidden], &[1, hidden]])?;
    block.has("ffn_gate_shexp.weight", &[inner, hidden])?;
    block.has("ffn_up_shexp.weight", &[inner, hidden])?;
    block.has("ffn_down_shexp.weight", &[hidden, inner])?;
    feed_forward::check(block)
}

fn check_gated_attention(block: &Block<'_>) -> Result<(), ModelError> {
    let (hidden, head_dim) = (block.config.hidden, block.config.head_dim);
    let (query, key) = block.rows();
    block.has("attn_q.weight", &[2 * query, hidden])?;
    block.has("attn_k.weight", &[key, hidden])?;
    block.has("attn_v.weight", &[key, hidden])?;
    block.has("attn_output.weight", &[hidden, query])?;
    block.has("attn_q_norm.weight", &[head_dim])?;
    block.has("attn_k_norm.weight", &[head_dim])
}

fn check_linear_attention(
    block: &Block<'_>,
    linear: &LinearAttentionConfig,
) -> Result<(), ModelError> {
    let hidden = block.config.hidden;
    let (channels, values, heads) = (linear.channels(), linear.value_width(), linear.value_heads);
    let kernel = linear.kernel;
    block.has("attn_qkv.weight", &[channels, hidden])?;
    block.has("attn_gate.weight", &[values, hidden])?;
    block.has("ssm_beta.weight", &[heads, hidden])?;
    block.has("ssm_alpha.weight", &[heads, hidden])?;
    block.has_one_of(
        "ssm_conv1d.weight",
        &[&[channels, kernel], &[channels, 1, kernel]],
    )?;
    block.has("ssm_dt.bias", &[heads])?;
    if block.weights.contains(&block.name("ssm_a")) {
        block.has("ssm_a", &[heads])?;
    } else {
        block.has("ssm_a_log", &[heads])?;
    }
    block.has("ssm_norm.weight", &[linear.value_dim])?;
    block.has("ssm_out.weight", &[hidden, values])
}
