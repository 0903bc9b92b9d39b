//! `aldo models`: the models in process, and those that runtimes serve.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

mod discover;
mod inspect;
mod ls;
mod pull;
mod recorded;
mod rm;
mod verify;

/// What can be typed after `aldo models`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models in process, and the files that cannot be one.
    Ls,
    /// Ask the runtimes of this machine what they serve, and look through the model store.
    Discover(discover::Args),
    /// Show what a checkpoint is, without loading it.
    Inspect(inspect::Args),
    /// Compare a checkpoint's files with the checksums that were recorded for them.
    Verify(verify::Args),
    /// Delete a checkpoint from aldo's own folder.
    Rm(rm::Args),
    #[command(hide = true)]
    Pull(pull::Args),
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Ls => ls::run(ctx),
        Command::Discover(args) => Ok(discover::run(ctx, args)),
        Command::Inspect(args) => inspect::run(ctx, args),
        Command::Verify(args) => verify::run(ctx, args),
        Command::Rm(args) => rm::run(ctx, args),
        Command::Pull(args) => Err(pull::explain(ctx, args)),
    }
}
