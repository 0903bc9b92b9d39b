//! The models a command may choose from.

use std::path::Path;

use aldo_models::{Checkpoint, ModelError};

use super::Context;
use crate::discovery::{self, Discovered, Named};
use crate::failure::Failure;
use crate::nearest::nearest;

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

/// Finds the checkpoint of an id or at a path, whether or not a conversation can be held with it.
///
/// # Errors
/// A usage failure when there is none or it is refused.
pub(crate) fn find(ctx: &Context, text: &str) -> Result<Checkpoint, Failure> {
    let id = match Named::of(text) {
        Named::Path(path) => return Checkpoint::open(&path).map_err(|error| refused(&path, error)),
        Named::Id(id) => id,
    };
    let folders = &ctx.config.folders;
    let mut known = Vec::new();
    let builtin = std::iter::once_with(Checkpoint::builtin).filter_map(Result::ok);
    let found = [&folders.models, &folders.hub_cache]
        .into_iter()
        .flat_map(|root| Checkpoint::find(root));
    for checkpoint in builtin.chain(found.filter_map(|(_, checkpoint)| checkpoint.ok())) {
        if checkpoint.id() == id {
            return Ok(checkpoint);
        }
        known.push(checkpoint.id().to_owned());
    }
    let failure = Failure::usage("model_not_found", format!("no model is called `{id}`"));
    Err(match nearest(&id, known.iter().map(String::as_str)) {
        Some(known) => failure.hint(format!("did you mean `{known}`?")),
        None => failure.hint("`aldo models ls` lists the models"),
    })
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
