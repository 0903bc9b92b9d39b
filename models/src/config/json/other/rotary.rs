//! Rotary positions for the other library, which scales them for one architecture only.

use serde_json::{Value, json};

use super::super::super::{OtherArchitecture, limits};
use super::super::Fields;
use crate::error::ModelError;

/// The members that hold rotary parameters, since transformers 5 and before.
const PARAMETERS: [&str; 2] = ["rope_parameters", "rope_scaling"];

/// The base of the frequencies.
pub(super) fn theta(fields: &Fields<'_>) -> Result<f64, ModelError> {
    let mut theta = fields.float("rope_theta", &limits::THETA)?;
    for name in PARAMETERS {
        if let Some(parameters) = fields.object(name)? {
            theta = parameters.float("rope_theta", &limits::THETA)?.or(theta);
        }
    }
    Ok(theta.unwrap_or(10_000.0))
}

/// What `rope_scaling` is to be; none where positions are not scaled.
pub(super) fn scaling(
    fields: &Fields<'_>,
    architecture: OtherArchitecture,
) -> Result<Option<Value>, ModelError> {
    for name in PARAMETERS {
        let Some(parameters) = fields.object(name)? else {
            continue;
        };
        let kind = match parameters.str("rope_type")? {
            Some(kind) => Some(kind),
            None => parameters.str("type")?,
        };
        match kind {
            None | Some("default") => {}
            Some("yarn") if architecture == OtherArchitecture::DeepSeek2 => {
                return yarn(&parameters).map(Some);
            }
            Some(other) => {
                let reason = format!("`{other}` is not supported for this architecture");
                return Err(parameters.wrong("rope_type", &reason));
            }
        }
    }
    Ok(None)
}

fn yarn(parameters: &Fields<'_>) -> Result<Value, ModelError> {
    const ORIGINAL: &str = "original_max_position_embeddings";
    let float = |name: &str, default: f64| {
        let number = parameters.float(name, &limits::BLEND)?;
        Ok::<_, ModelError>(number.unwrap_or(default))
    };
    let factor = parameters.float("factor", &limits::FACTOR)?;
    Ok(json!({
        "type": "yarn",
        "factor": factor.ok_or_else(|| parameters.wrong("factor", "is missing"))?,
        ORIGINAL: parameters.required(ORIGINAL, &limits::CONTEXT)?,
        "beta_fast": float("beta_fast", 32.0)?,
        "beta_slow": float("beta_slow", 1.0)?,
        "mscale": float("mscale", 1.0)?,
        "mscale_all_dim": float("mscale_all_dim", 1.0)?,
    }))
}
