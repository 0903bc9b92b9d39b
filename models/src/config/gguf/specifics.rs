//! What a GGUF header says about architectures whose layers are not all alike.

use super::super::limits::{self, checked};
use super::super::mixture::{Specifics, every};
use super::super::{
    Architecture, LayerKind, LinearAttentionConfig, RopeConfig, RopeScaling, ValueOrder,
};
use super::Keys;
use crate::error::ModelError;

/// The layers of the one Gemma 3 whose scores are not divided by the root of a head's width; the
/// format has no key for it.
const GEMMA3_27B_LAYERS: usize = 62;

/// Reads what is particular to the architecture; `width` is the hidden width a head.
pub(super) fn read(
    keys: &Keys<'_>,
    layers: usize,
    width: usize,
    rope: &RopeConfig,
) -> Result<Specifics, ModelError> {
    match keys.architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3 => Ok(Specifics::default()),
        Architecture::Gemma3 => gemma3(keys, layers, width, rope),
        Architecture::GptOss => Ok(Specifics {
            layer_kinds: every(pattern(keys, 2)?, layers, LayerKind::Local),
            ..Specifics::default()
        }),
        Architecture::Qwen35Moe => qwen35moe(keys, layers),
    }
}

fn gemma3(
    keys: &Keys<'_>,
    layers: usize,
    width: usize,
    rope: &RopeConfig,
) -> Result<Specifics, ModelError> {
    const CAP: &str = "attn_logit_softcapping";
    if keys.float(CAP, &limits::BLEND)?.is_some() {
        let field = keys.name(CAP);
        let reason = "is not supported";
        return Err(ModelError::malformed(keys.metadata.path(), field, reason));
    }
    let theta = keys.float("rope.freq_base_swa", &limits::THETA)?;
    let cap = keys.float("final_logit_softcapping", &limits::BLEND)?;
    Ok(Specifics {
        layer_kinds: every(pattern(keys, 6)?, layers, LayerKind::Local),
        local_rope: Some(RopeConfig {
            theta: theta.unwrap_or(10_000.0) as f32,
            scaling: RopeScaling::None,
            ..rope.clone()
        }),
        score_width: (layers == GEMMA3_27B_LAYERS).then_some(width),
        logit_cap: cap.map(|cap| cap as f32),
        ..Specifics::default()
    })
}

/// After how many layers one is full; files rarely say it.
fn pattern(keys: &Keys<'_>, usual: usize) -> Result<usize, ModelError> {
    let pattern = keys.optional("attention.sliding_window_pattern", &limits::INTERVAL)?;
    Ok(pattern.unwrap_or(usual))
}

fn qwen35moe(keys: &Keys<'_>, layers: usize) -> Result<Specifics, ModelError> {
    let interval = keys.optional("full_attention_interval", &limits::INTERVAL)?;
    let shared = keys.integer("expert_shared_feed_forward_length", &limits::FEED_FORWARD)?;
    Ok(Specifics {
        layer_kinds: every(interval.unwrap_or(4), layers, LayerKind::Linear),
        linear_attention: Some(linear_attention(keys)?),
        shared_expert: Some(shared),
        ..Specifics::default()
    })
}

/// The shape of linear attention, in the words of state space models.
fn linear_attention(keys: &Keys<'_>) -> Result<LinearAttentionConfig, ModelError> {
    const VALUES: &str = "ssm.inner_size";
    const VALUE_HEADS: &str = "ssm.time_step_rank";
    let path = keys.metadata.path();
    let key_heads = keys.integer("ssm.group_count", &limits::HEADS)?;
    let value_heads = keys.integer(VALUE_HEADS, &limits::HEADS)?;
    let values = keys.integer(VALUES, &limits::HIDDEN)?;
    if !value_heads.is_multiple_of(key_heads) {
        let reason = format!("is {value_heads}, not a multiple of {key_heads} key heads");
        return Err(ModelError::malformed(path, keys.name(VALUE_HEADS), reason));
    }
    if !values.is_multiple_of(value_heads) {
        let reason = format!("is {values}, not a multiple of {value_heads} heads");
        return Err(ModelError::malformed(path, keys.name(VALUES), reason));
    }
    let value_dim = (values / value_heads) as u64;
    let value_dim = checked(path, &keys.name(VALUES), value_dim, &limits::HEAD_DIM)?;
    Ok(LinearAttentionConfig {
        key_heads,
        value_heads,
        key_dim: keys.integer("ssm.state_size", &limits::HEAD_DIM)?,
        value_dim: value_dim as usize,
        kernel: keys.integer("ssm.conv_kernel", &limits::KERNEL)?,
        value_order: ValueOrder::Tiled,
    })
}
