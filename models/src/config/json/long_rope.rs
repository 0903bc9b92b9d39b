//! `LongRoPE` (arXiv 2402.13753) in `config.json`.

use super::super::limits::{self, checked};
use super::super::{LongRope, RopeScaling};
use super::Fields;
use crate::error::ModelError;

const ORIGINAL: &str = "original_max_position_embeddings";

/// Reads the factors of `pairs` frequencies in `parameters`, a member of `fields`.
pub(super) fn read(
    fields: &Fields,
    parameters: &Fields,
    pairs: usize,
    context_tokens_max: usize,
) -> Result<RopeScaling, ModelError> {
    let original = match parameters.integer(ORIGINAL, &limits::CONTEXT)? {
        Some(original) => original,
        None => fields.required(ORIGINAL, &limits::CONTEXT)?,
    };
    let factor = match parameters.float("factor", &limits::FACTOR)? {
        Some(factor) => factor,
        None => context_tokens_max as f64 / original as f64,
    };
    let magnitude = match parameters.float("attention_factor", &limits::BLEND)? {
        Some(magnitude) => magnitude,
        None if factor > 1.0 && original > 1 => (1.0 + factor.ln() / (original as f64).ln()).sqrt(),
        None => 1.0,
    };
    Ok(RopeScaling::Long(LongRope {
        short: factors(parameters, "short_factor", pairs)?,
        long: factors(parameters, "long_factor", pairs)?,
        original_context_tokens: original,
        magnitude: magnitude as f32,
    }))
}

/// The list `name` of one factor a pair.
fn factors(parameters: &Fields, name: &str, pairs: usize) -> Result<Vec<f32>, ModelError> {
    let list = parameters.get(name).and_then(|list| list.as_array());
    let list = list
        .filter(|list| list.len() == pairs)
        .ok_or_else(|| parameters.wrong(name, &format!("is not a list of {pairs} numbers")))?;
    let factor = |value: &serde_json::Value| {
        let number = value
            .as_f64()
            .ok_or_else(|| parameters.wrong(name, "holds what is not a number"))?;
        let field = parameters.field(name);
        checked(&parameters.path, &field, number, &limits::BLEND).map(|number| number as f32)
    };
    list.iter().map(factor).collect()
}
