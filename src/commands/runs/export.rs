//! `aldo runs export`.

use super::super::Context;
use super::one::One;
use super::runs_wire::{Line, Tree};
use super::show::tree;
use crate::failure::Failure;
use crate::store::{RunRecord, Store, StoreError};
use crate::ui::Outcome;

/// What can be typed after `aldo runs export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Writes one run, entry by entry, and those it started.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let One { store, run, .. } = One::find(ctx, &args.run)?;
    let mut lines = String::new();
    let below = tree(&store, &run)?;
    add(&store, &run, &below, &mut lines)?;
    Ok(Outcome::lines(lines))
}

fn add(
    store: &Store,
    run: &RunRecord,
    below: &[Tree],
    lines: &mut String,
) -> Result<(), StoreError> {
    let events = store.events(run)?;
    for line in Line::of(run, &events) {
        let line = serde_json::to_string(&line);
        lines.push_str(&line.expect("lines have text keys and finite numbers"));
        lines.push('\n');
    }
    for child in below {
        add(store, &child.run, &child.below, lines)?;
    }
    Ok(())
}
