//! `aldo prove`: what aldo promises, shown on this machine.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

mod attempts;
mod folder;
mod inside;
mod leak;
mod network;
mod offline;
mod page;
mod report;
mod trap;

/// What can be typed after `aldo prove`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try to make a sensitive agent leave this machine, in a network with a trap at its end.
    Offline,
    /// The proof itself, in the network made for it.
    #[command(hide = true)]
    Inside,
    /// What stands where the rest of the world would be.
    #[command(hide = true)]
    Trap,
    /// A program that tries every way out.
    #[command(hide = true)]
    Leak(leak::Args),
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Offline => offline::run(ctx),
        Command::Inside => inside::run(ctx),
        Command::Trap => trap::run(),
        Command::Leak(args) => leak::run(args),
    }
}

/// Says why the proof cannot be run here; it is then no proof of anything.
fn unavailable(message: impl Into<String>) -> Failure {
    Failure::refused("proof_unavailable", message).hint(
        "the proof needs Linux with user namespaces, `unshare` of util-linux and `ip` of iproute2",
    )
}
