//! `aldo models pull`, which this version cannot do yet: it says what to do instead.

use crate::commands::Context;
use crate::failure::Failure;

/// What can be typed after `aldo models pull`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The repository.
    repository: String,
}

/// Says how to have the model without it.
pub(super) fn explain(ctx: &Context, args: &Args) -> Failure {
    let repository = &args.repository;
    let folder = ctx.config.folders.models.display();
    let message = format!("this version cannot pull `{repository}` yet");
    Failure::usage("pull_not_built", message)
        .hint(format!(
            "download a `.gguf` file of it and put it in `{folder}`"
        ))
        .hint("or name the file: `aldo run hello --model FILE.gguf`")
}
