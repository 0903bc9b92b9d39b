//! The mixture of experts in a GGUF header.

use super::super::limits::{self, checked};
use super::super::{Architecture, ExpertsConfig, Scoring, unsupported};
use super::Keys;
use crate::error::ModelError;

const COUNT: &str = "expert_count";
const USED: &str = "expert_used_count";
const INNER: &str = "expert_feed_forward_length";
const GATING: &str = "expert_gating_func";

/// Reads the experts; none where the header counts none.
pub(super) fn read(
    keys: &Keys<'_>,
    feed_forward: usize,
) -> Result<Option<ExpertsConfig>, ModelError> {
    let count = keys.optional(COUNT, &limits::EXPERTS)?.unwrap_or(0);
    match keys.architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Phi3
        | Architecture::Gemma3
            if count > 0 =>
        {
            let name = format!("{} with experts", keys.architecture.name());
            Err(unsupported(&name))
        }
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Phi3
        | Architecture::Gemma3 => Ok(None),
        Architecture::Mixtral
        | Architecture::Qwen3Moe
        | Architecture::GptOss
        | Architecture::Qwen35Moe => Ok(Some(mixture(keys, count, feed_forward)?)),
    }
}

fn mixture(
    keys: &Keys<'_>,
    count: usize,
    feed_forward: usize,
) -> Result<ExpertsConfig, ModelError> {
    let path = keys.metadata.path();
    checked(path, &keys.name(COUNT), count, &(1..=usize::MAX))?;
    let inner = keys.optional(INNER, &limits::FEED_FORWARD)?;
    let normalised = keys.metadata.bool(&keys.name("expert_weights_norm"))?;
    let scale = keys.float("expert_weights_scale", &limits::BLEND)?;
    Ok(ExpertsConfig {
        count,
        used: keys.integer(USED, &(1..=count as u64))?,
        feed_forward: inner.unwrap_or(feed_forward),
        scoring: scoring(keys)?,
        // Converters write the key only for networks that differ from their kind.
        normalised: normalised.unwrap_or(true),
        scale: scale.unwrap_or(1.0) as f32,
    })
}

fn scoring(keys: &Keys<'_>) -> Result<Scoring, ModelError> {
    match keys.optional(GATING, &(0..=u64::from(u32::MAX)))? {
        None | Some(0 | 1) => Ok(Scoring::Softmax),
        Some(2) => Ok(Scoring::Sigmoid),
        Some(other) => {
            let reason = format!("{other} is not supported");
            Err(ModelError::malformed(
                keys.metadata.path(),
                keys.name(GATING),
                reason,
            ))
        }
    }
}
