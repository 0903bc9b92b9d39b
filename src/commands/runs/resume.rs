//! `aldo runs resume`.

use super::super::{Context, run as running};
use super::one::One;
use crate::failure::Failure;
use crate::ui::Outcome;

/// What can be typed after `aldo runs resume`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    again: running::Again,
}

/// Goes on with one run.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let One { store, run, events } = One::find(ctx, &args.run)?;
    drop(store);
    running::resume(ctx, &run, &events, &args.again)
}
