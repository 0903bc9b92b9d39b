//! Rotary positions as `config.json` describes them, before and since transformers 5.

use super::super::limits;
use super::super::{RopeConfig, RopeLayout, RopeScaling};
use super::{Fields, long_rope};
use crate::error::ModelError;

/// Reads the rotary configuration. `rope_parameters` holds everything since transformers 5;
/// before, `rope_theta` stood alone and `rope_scaling` held the rest.
pub(super) fn read(
    fields: &Fields,
    head_dim: usize,
    context_tokens_max: usize,
) -> Result<RopeConfig, ModelError> {
    let parameters = match fields.object("rope_parameters")? {
        Some(parameters) => match parameters.object("full_attention")? {
            Some(full) => Some(full),
            None => Some(parameters),
        },
        None => fields.object("rope_scaling")?,
    };
    let own_theta = match &parameters {
        Some(parameters) => parameters.float("rope_theta", &limits::THETA)?,
        None => None,
    };
    let theta = match own_theta {
        Some(theta) => theta,
        None => fields
            .float("rope_theta", &limits::THETA)?
            .unwrap_or(10_000.0),
    };
    let dim = (head_dim as f64 * rotated_part(fields, parameters.as_ref())?) as usize;
    let scaling = match &parameters {
        Some(parameters) if is_long(parameters)? => {
            long_rope::read(fields, parameters, dim / 2, context_tokens_max)?
        }
        Some(parameters) => scaling(parameters, context_tokens_max)?,
        None => RopeScaling::None,
    };
    Ok(RopeConfig {
        theta: theta as f32,
        dim,
        layout: RopeLayout::Half,
        scaling,
    })
}

/// Reads the rotary configuration of local layers, which has no scaling but the one written for them.
pub(super) fn read_local(fields: &Fields, head_dim: usize) -> Result<RopeConfig, ModelError> {
    const LOCAL: &str = "sliding_attention";
    let parameters = match fields.object("rope_parameters")? {
        Some(parameters) => parameters.object(LOCAL)?,
        None => None,
    };
    let own_theta = match &parameters {
        Some(parameters) => parameters.float("rope_theta", &limits::THETA)?,
        None => fields.float("rope_local_base_freq", &limits::THETA)?,
    };
    if let Some(parameters) = parameters
        && !matches!(kind(&parameters)?, None | Some("default"))
    {
        return Err(parameters.wrong("rope_type", "only `default` is supported in local layers"));
    }
    Ok(RopeConfig {
        theta: own_theta.unwrap_or(10_000.0) as f32,
        dim: head_dim,
        layout: RopeLayout::Half,
        scaling: RopeScaling::None,
    })
}

/// The part of a head that rotates.
fn rotated_part(fields: &Fields, parameters: Option<&Fields>) -> Result<f64, ModelError> {
    const PART: &str = "partial_rotary_factor";
    let own = match parameters {
        Some(parameters) => parameters.float(PART, &(0.0..=1.0))?,
        None => None,
    };
    match own {
        Some(part) => Ok(part),
        None => Ok(fields.float(PART, &(0.0..=1.0))?.unwrap_or(1.0)),
    }
}

/// Whether the scaling is `LongRoPE`, which early configurations call `su` or even `yarn`.
fn is_long(parameters: &Fields) -> Result<bool, ModelError> {
    Ok(match kind(parameters)? {
        Some("longrope" | "su") => true,
        Some("yarn") => parameters.get("long_factor").is_some(),
        Some(_) | None => false,
    })
}

fn kind<'a>(parameters: &'a Fields<'_>) -> Result<Option<&'a str>, ModelError> {
    match parameters.str("rope_type")? {
        Some(name) => Ok(Some(name)),
        None => parameters.str("type"),
    }
}

fn scaling(parameters: &Fields, context_tokens_max: usize) -> Result<RopeScaling, ModelError> {
    let factor = || required(parameters, "factor");
    match kind(parameters)? {
        None | Some("default") => Ok(RopeScaling::None),
        Some("linear") => Ok(RopeScaling::Linear { factor: factor()? }),
        Some("llama3") => Ok(RopeScaling::Llama3 {
            factor: factor()?,
            low_freq_factor: required(parameters, "low_freq_factor")?,
            high_freq_factor: high_freq_factor(parameters)?,
            original_context_tokens: parameters
                .required("original_max_position_embeddings", &limits::CONTEXT)?,
        }),
        Some("yarn") => yarn(parameters, factor()?, context_tokens_max),
        Some(other) => Err(parameters.wrong("rope_type", &format!("`{other}` is not supported"))),
    }
}

/// Must be above the low factor: the formula divides by their difference.
fn high_freq_factor(parameters: &Fields) -> Result<f32, ModelError> {
    const NAME: &str = "high_freq_factor";
    let high = required(parameters, NAME)?;
    if high <= required(parameters, "low_freq_factor")? {
        return Err(parameters.wrong(NAME, "is not above `low_freq_factor`"));
    }
    Ok(high)
}

fn yarn(
    parameters: &Fields,
    factor: f32,
    context_tokens_max: usize,
) -> Result<RopeScaling, ModelError> {
    for name in ["mscale", "mscale_all_dim"] {
        if parameters.get(name).is_some() {
            return Err(parameters.wrong(name, "is not supported"));
        }
    }
    let original = parameters.integer("original_max_position_embeddings", &limits::CONTEXT)?;
    let attention_factor = parameters.float("attention_factor", &limits::BLEND)?;
    let beta_fast = parameters
        .float("beta_fast", &limits::BLEND)?
        .unwrap_or(32.0);
    let beta_slow = parameters
        .float("beta_slow", &limits::BLEND)?
        .unwrap_or(1.0);
    Ok(RopeScaling::Yarn {
        factor,
        original_context_tokens: original.unwrap_or(context_tokens_max),
        attention_factor: attention_factor.map(|factor| factor as f32),
        beta_fast: beta_fast as f32,
        beta_slow: beta_slow as f32,
        whole: parameters.bool("truncate")?.unwrap_or(true),
    })
}

/// A number that must be there; `factor` is at least 1, the others above 0.
fn required(parameters: &Fields, name: &str) -> Result<f32, ModelError> {
    let range = if name == "factor" {
        &limits::FACTOR
    } else {
        &limits::BLEND
    };
    let number = parameters.float(name, range)?;
    number
        .map(|it| it as f32)
        .ok_or_else(|| parameters.wrong(name, "is missing"))
}
