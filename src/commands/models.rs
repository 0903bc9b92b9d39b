//! `aldo models`: the models in process, and those that runtimes serve.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

mod bundle;
mod discover;
mod export;
mod fit;
mod import;
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
    /// Pull a model from the Hugging Face hub, verified, and go on where a pull was broken off.
    Pull(pull::Args),
    /// Show what a checkpoint is, without loading it.
    Inspect(inspect::Args),
    /// Say whether a model fits this machine, before loading it.
    Fit(fit::Args),
    /// Compare a checkpoint's files with the checksums that were recorded for them.
    Verify(verify::Args),
    /// Write a model into one file, for a machine without a network.
    Export(export::Args),
    /// Read a model from such a file, checked against its manifest.
    Import(import::Args),
    /// Delete a checkpoint from aldo's own folder or the Hugging Face cache.
    Rm(rm::Args),
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Ls => ls::run(ctx),
        Command::Discover(args) => Ok(discover::run(ctx, args)),
        Command::Inspect(args) => inspect::run(ctx, args),
        Command::Verify(args) => verify::run(ctx, args),
        Command::Rm(args) => rm::run(ctx, args),
        Command::Pull(args) => pull::run(ctx, args),
        Command::Fit(args) => fit::run(ctx, args),
        Command::Export(args) => export::run(ctx, args),
        Command::Import(args) => import::run(ctx, args),
    }
}
