//! The mixture of experts in `config.json`.

use super::super::limits;
use super::super::{Architecture, ExpertsConfig, Scoring};
use super::Fields;
use crate::error::ModelError;

/// Reads the experts; none for networks without.
pub(super) fn read(
    fields: &Fields,
    architecture: Architecture,
    feed_forward: usize,
) -> Result<Option<ExpertsConfig>, ModelError> {
    match architecture {
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Phi3
        | Architecture::Gemma3 => Ok(None),
        Architecture::Mixtral | Architecture::GptOss | Architecture::Qwen35Moe => {
            mixture(fields, feed_forward, true).map(Some)
        }
        Architecture::Qwen3Moe => {
            refuse_dense_blocks(fields)?;
            let inner = fields.required("moe_intermediate_size", &limits::FEED_FORWARD)?;
            let normalised = fields.bool("norm_topk_prob")?.unwrap_or(false);
            mixture(fields, inner, normalised).map(Some)
        }
    }
}

fn mixture(
    fields: &Fields,
    feed_forward: usize,
    normalised: bool,
) -> Result<ExpertsConfig, ModelError> {
    const COUNT: &str = "num_experts";
    // Written as the second since transformers 5, and by Mixtral always.
    let range = 1..=*limits::EXPERTS.end();
    let count = match fields.integer(COUNT, &range)? {
        Some(count) => count,
        None => fields.required("num_local_experts", &range)?,
    };
    Ok(ExpertsConfig {
        count,
        used: fields.required("num_experts_per_tok", &(1..=count as u64))?,
        feed_forward,
        scoring: Scoring::Softmax,
        normalised,
        scale: 1.0,
    })
}

/// Every block must have experts.
fn refuse_dense_blocks(fields: &Fields) -> Result<(), ModelError> {
    const STEP: &str = "decoder_sparse_step";
    const DENSE: &str = "mlp_only_layers";
    let mixed = "blocks with and without experts are not supported";
    if fields
        .integer(STEP, &(0..=*limits::LAYERS.end()))?
        .is_some_and(|step| step != 1)
    {
        return Err(fields.wrong(STEP, mixed));
    }
    match fields.get(DENSE).map(|list| list.as_array()) {
        None => Ok(()),
        Some(Some(list)) if list.is_empty() => Ok(()),
        Some(Some(_)) => Err(fields.wrong(DENSE, mixed)),
        Some(None) => Err(fields.wrong(DENSE, "is not a list")),
    }
}
