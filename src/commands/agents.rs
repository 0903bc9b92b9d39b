//! `aldo agents`.

use super::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

/// What can be typed after `aldo agents`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let _ = (ctx, args);
    Err(Failure::usage(
        "not_built",
        "this command lands with the next merge",
    ))
}
