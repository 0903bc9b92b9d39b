//! The models a command may choose from.

use std::path::Path;

use aldo_models::ModelError;

use super::Context;
use crate::discovery::{self, Discovered, Named};
use crate::failure::Failure;

/// Finds the candidates, and the id `--model` pins: a path is described alone, beside the built-in model.
///
/// # Errors
/// A usage failure when `--model` names a path with no checkpoint aldo can run.
pub(crate) fn candidates(
    ctx: &Context,
    model: Option<&str>,
) -> Result<(Discovered, Option<String>), Failure> {
    match model.map(Named::of) {
        Some(Named::Path(path)) => {
            let (found, id) = discovery::describe(&path).map_err(|error| refused(&path, error))?;
            Ok((found, Some(id)))
        }
        Some(Named::Id(id)) => Ok((all(ctx), Some(id))),
        None => Ok((all(ctx), None)),
    }
}

/// Finds every candidate there is.
pub(crate) fn all(ctx: &Context) -> Discovered {
    let folders = &ctx.config.folders;
    discovery::discover(&[&folders.models, &folders.hub_cache])
}

/// Refuses a checkpoint the user named.
pub(crate) fn refused(path: &Path, error: ModelError) -> Failure {
    let path = path.display().to_string();
    let sentence = error.to_string();
    let message = if sentence.contains(&path) {
        sentence
    } else {
        format!("`{path}`: {sentence}")
    };
    Failure::usage("checkpoint_refused", message).because(error)
}
