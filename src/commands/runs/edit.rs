//! `aldo runs edit`.

use super::super::{Context, run as running};
use super::one::One;
use crate::failure::Failure;
use crate::ui::Outcome;

/// What can be typed after `aldo runs edit`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// The message: the number after `#` in `aldo runs show`.
    #[arg(value_name = "ENTRY")]
    entry: i64,
    /// What the message says instead: a text, `@FILE`, or `-` for stdin.
    #[arg(long, value_name = "TEXT|@FILE|-", allow_hyphen_values = true)]
    content: String,
    #[command(flatten)]
    again: running::Again,
}

/// Changes one message and runs on from there.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let One { store, run, events } = One::find(ctx, &args.run)?;
    drop(store);
    let content = running::text(&args.content)?;
    let changed = running::Changed {
        seq: args.entry,
        content: &content,
    };
    running::edited(ctx, &run, &events, &changed, &args.again)
}
