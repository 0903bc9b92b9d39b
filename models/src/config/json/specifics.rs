//! What `config.json` says about architectures whose layers are not all alike.

use serde_json::{Map, Value, json};

use super::super::limits;
use super::super::mixture::{Specifics, every};
use super::super::{Architecture, LayerKind, LinearAttentionConfig, ValueOrder};
use super::{Fields, rope};
use crate::error::ModelError;

const TYPES: &str = "layer_types";

/// What transformers takes where a file of the architecture is silent.
pub(super) fn defaults(architecture: Architecture) -> Map<String, Value> {
    let defaults = match architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3 => json!({}),
        Architecture::Gemma3 => json!({
            "vocab_size": 262_208, "num_attention_heads": 8, "num_key_value_heads": 4,
            "head_dim": 256, "max_position_embeddings": 131_072, "rms_norm_eps": 1e-6,
            "tie_word_embeddings": true, "rope_theta": 1e6, "sliding_window": 4096,
            "query_pre_attn_scalar": 256, "bos_token_id": 2,
        }),
        Architecture::GptOss => json!({
            "rope_theta": 150_000.0, "head_dim": 64, "sliding_window": 128,
        }),
        Architecture::Qwen35Moe => json!({
            "rms_norm_eps": 1e-6, "partial_rotary_factor": 0.25, "head_dim": 256,
            "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_value_head_dim": 128,
            "linear_num_key_heads": 16, "linear_num_value_heads": 32,
            "shared_expert_intermediate_size": 512,
        }),
    };
    match defaults {
        Value::Object(defaults) => defaults,
        _ => Map::new(),
    }
}

/// Reads what is particular to the architecture.
pub(super) fn read(
    fields: &Fields,
    architecture: Architecture,
    layers: usize,
    head_dim: usize,
) -> Result<Specifics, ModelError> {
    match architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3 => Ok(Specifics::default()),
        Architecture::Gemma3 => gemma3(fields, layers, head_dim),
        Architecture::GptOss => {
            refuse_other(fields, "swiglu_alpha", 1.702)?;
            refuse_other(fields, "swiglu_limit", 7.0)?;
            Ok(Specifics {
                layer_kinds: kinds(fields, layers, LayerKind::Local, 2)?,
                ..Specifics::default()
            })
        }
        Architecture::Qwen35Moe => qwen35moe(fields, layers),
    }
}

fn gemma3(fields: &Fields, layers: usize, head_dim: usize) -> Result<Specifics, ModelError> {
    const ACTIVATION: &str = "hidden_activation";
    for field in [
        "attn_logit_softcapping",
        "attention_bias",
        "use_bidirectional_attention",
    ] {
        if fields
            .get(field)
            .is_some_and(|value| *value != json!(false))
        {
            return Err(fields.wrong(field, "is not supported"));
        }
    }
    if fields
        .str(ACTIVATION)?
        .is_some_and(|it| it != "gelu_pytorch_tanh")
    {
        return Err(fields.wrong(ACTIVATION, "only `gelu_pytorch_tanh` is supported"));
    }
    let interval = fields.integer("sliding_window_pattern", &limits::INTERVAL)?;
    let cap = fields.float("final_logit_softcapping", &limits::BLEND)?;
    Ok(Specifics {
        layer_kinds: kinds(fields, layers, LayerKind::Local, interval.unwrap_or(6))?,
        local_rope: Some(rope::read_local(fields, head_dim)?),
        score_width: Some(fields.required("query_pre_attn_scalar", &limits::HIDDEN)?),
        norms_from_zero: true,
        logit_cap: cap.map(|cap| cap as f32),
        ..Specifics::default()
    })
}

fn qwen35moe(fields: &Fields, layers: usize) -> Result<Specifics, ModelError> {
    const VALUE_HEADS: &str = "linear_num_value_heads";
    let interval = fields.integer("full_attention_interval", &limits::INTERVAL)?;
    let shared = fields.required("shared_expert_intermediate_size", &limits::FEED_FORWARD)?;
    let key_heads = fields.required("linear_num_key_heads", &limits::HEADS)?;
    let value_heads = fields.required(VALUE_HEADS, &limits::HEADS)?;
    if !value_heads.is_multiple_of(key_heads) {
        return Err(fields.wrong(VALUE_HEADS, "is not a multiple of `linear_num_key_heads`"));
    }
    Ok(Specifics {
        layer_kinds: kinds(fields, layers, LayerKind::Linear, interval.unwrap_or(4))?,
        norms_from_zero: true,
        linear_attention: Some(LinearAttentionConfig {
            key_heads,
            value_heads,
            key_dim: fields.required("linear_key_head_dim", &limits::HEAD_DIM)?,
            value_dim: fields.required("linear_value_head_dim", &limits::HEAD_DIM)?,
            kernel: fields.required("linear_conv_kernel_dim", &limits::KERNEL)?,
            value_order: ValueOrder::Grouped,
        }),
        shared_expert: Some(shared),
        ..Specifics::default()
    })
}

/// The kinds that are listed, else one full layer in `interval` and the others of `kind`.
fn kinds(
    fields: &Fields,
    layers: usize,
    kind: LayerKind,
    interval: usize,
) -> Result<Vec<LayerKind>, ModelError> {
    let Some(list) = fields.get(TYPES) else {
        return Ok(every(interval, layers, kind));
    };
    let other = match kind {
        LayerKind::Full => "full_attention",
        LayerKind::Local => "sliding_attention",
        LayerKind::Linear => "linear_attention",
    };
    let list = list
        .as_array()
        .ok_or_else(|| fields.wrong(TYPES, "is not a list"))?;
    if list.len() != layers {
        let reason = format!("has {} entries for {layers} layers", list.len());
        return Err(fields.wrong(TYPES, &reason));
    }
    let known = |name: &Value| match name.as_str() {
        Some("full_attention") => Ok(LayerKind::Full),
        Some(name) if name == other => Ok(kind),
        Some(_) | None => {
            let reason = format!("only `full_attention` and `{other}` are supported");
            Err(fields.wrong(TYPES, &reason))
        }
    };
    list.iter().map(known).collect()
}

/// Refuses a number that the network would be built differently for.
fn refuse_other(fields: &Fields, name: &str, usual: f64) -> Result<(), ModelError> {
    match fields.float(name, &limits::BLEND)? {
        Some(number) if (number - usual).abs() > 1e-6 => {
            Err(fields.wrong(name, &format!("only {usual} is supported")))
        }
        Some(_) | None => Ok(()),
    }
}
