//! `LongRoPE` in a GGUF header: two tensors of factors.

use super::super::limits;
use super::super::{LongRope, RopeScaling};
use super::{Keys, factors};
use crate::error::ModelError;
use crate::gguf::Gguf;

const SHORT: &str = "rope_factors_short.weight";
const LONG: &str = "rope_factors_long.weight";

/// Reads the factors of `pairs` frequencies; none where the file has none.
pub(super) fn read(
    keys: &Keys<'_>,
    gguf: &Gguf,
    pairs: usize,
) -> Result<Option<RopeScaling>, ModelError> {
    let (short, long) = (factors(gguf, SHORT, pairs)?, factors(gguf, LONG, pairs)?);
    let (short, long) = match (short, long) {
        (None, None) => return Ok(None),
        (Some(short), Some(long)) => (short, long),
        (Some(_), None) => return Err(missing(LONG)),
        (None, Some(_)) => return Err(missing(SHORT)),
    };
    let original = keys.integer("rope.scaling.original_context_length", &limits::CONTEXT)?;
    let magnitude = keys.float("rope.scaling.attn_factor", &limits::BLEND)?;
    Ok(Some(RopeScaling::Long(LongRope {
        short,
        long,
        original_context_tokens: original,
        magnitude: magnitude.unwrap_or(1.0) as f32,
    })))
}

fn missing(name: &str) -> ModelError {
    ModelError::MissingTensor {
        name: name.to_owned(),
    }
}
