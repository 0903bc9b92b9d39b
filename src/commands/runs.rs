//! `aldo runs`: what happened in past runs.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

mod ls;
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
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Ls(args) => ls::run(ctx, args),
        Command::Show(args) => show::run(ctx, args),
    }
}
