//! `aldo runs export`.

use super::super::Context;
use super::one::One;
use super::runs_wire::Line;
use crate::failure::Failure;
use crate::store::{RunRecord, Store, StoreError};
use crate::ui::Outcome;

/// How deep the tree of a run is followed.
const DEPTH_MAX: usize = 16;

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
    add(&store, &run, DEPTH_MAX, &mut lines)?;
    Ok(Outcome::lines(lines))
}

fn add(store: &Store, run: &RunRecord, depth: usize, lines: &mut String) -> Result<(), StoreError> {
    let events = store.events(run)?;
    for line in Line::of(run, &events) {
        let line = serde_json::to_string(&line);
        lines.push_str(&line.expect("lines have text keys and finite numbers"));
        lines.push('\n');
    }
    if depth > 0 {
        for child in store.children(run)? {
            add(store, &child, depth - 1, lines)?;
        }
    }
    Ok(())
}
