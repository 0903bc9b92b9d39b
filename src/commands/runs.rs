//! `aldo runs`: what happened in past runs.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

mod edit;
mod export;
mod ls;
mod one;
mod prune;
mod replay;
mod resume;
mod runs_wire;
mod show;
mod transcript;

/// What can be typed after `aldo runs`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the latest runs.
    Ls(ls::Args),
    /// Show what happened in one run.
    Show(show::Args),
    /// Print a run as it was, without a model.
    Replay(replay::Args),
    /// Go on with a run that was cut off or stopped, from its last whole step.
    Resume(resume::Args),
    /// Change what the model was told in a run, and run on from there as a new run.
    Edit(edit::Args),
    /// Write a run as JSON Lines, with the runs it started.
    Export(export::Args),
    /// Remove old runs.
    Prune(prune::Args),
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Ls(args) => ls::run(ctx, args),
        Command::Show(args) => show::run(ctx, args),
        Command::Replay(args) => replay::run(ctx, args),
        Command::Resume(args) => resume::run(ctx, args),
        Command::Edit(args) => edit::run(ctx, args),
        Command::Export(args) => export::run(ctx, args),
        Command::Prune(args) => prune::run(ctx, args),
    }
}
