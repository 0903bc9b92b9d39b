//! `aldo runs show`.

use std::collections::BTreeSet;

use super::super::Context;
use super::one::One;
use super::runs_wire::{Shown, Tree};
use super::{ls, transcript};
use crate::failure::Failure;
use crate::store::{Events, RunRecord, Store, StoreError};
use crate::ui::{Outcome, Page, dim, plain, strong};

/// How deep the tree of a run is followed.
const DEPTH_MAX: usize = 16;

/// What can be typed after `aldo runs show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Shows what happened in one run.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let One { store, run, events } = One::find(ctx, &args.run)?;
    let below = tree(&store, &run)?;
    Ok(Outcome::new(
        &Shown::new(&run, &events, &below),
        page(&run, &events, &below),
    ))
}

/// Reads the runs that `run` started, and those they started.
pub(super) fn tree(store: &Store, run: &RunRecord) -> Result<Vec<Tree>, StoreError> {
    tree_of_depth(store, run, DEPTH_MAX)
}

fn tree_of_depth(store: &Store, run: &RunRecord, depth: usize) -> Result<Vec<Tree>, StoreError> {
    if depth == 0 {
        return Ok(Vec::new());
    }
    let children = store.children(run)?.into_iter();
    let with_theirs = children.map(|child| {
        let below = tree_of_depth(store, &child, depth - 1)?;
        Ok(Tree { run: child, below })
    });
    with_theirs.collect()
}

fn page(run: &RunRecord, events: &Events, below: &[Tree]) -> Page {
    let mut page = Page::new();
    page.line([
        strong(&run.agent),
        plain(format!(" {}  ", run.agent_version)),
        ls::status(run),
    ]);
    fields(&mut page, run);
    if let Some(parent) = &run.parent {
        page.line([dim("started by "), plain(parent)]);
    }
    if let Some(origin) = &run.origin {
        page.line([dim("goes on from "), plain(origin)]);
    }
    if !below.is_empty() {
        page.blank().heading("runs it started");
        branches(&mut page, below, 0);
        page.line([dim(together(run, below))]);
    }
    let results = results(events);
    for event in &events.events {
        transcript::add(&mut page, event, &results);
    }
    page
}

fn fields(page: &mut Page, run: &RunRecord) {
    let used = run.usage;
    let model = match (&run.model, &run.provider, &run.locality) {
        (Some(model), Some(provider), Some(locality)) => {
            format!("{model} ({provider}, {locality})")
        }
        (Some(model), _, _) => model.clone(),
        (None, _, _) => "none".to_owned(),
    };
    page.fields([
        ("run", run.id.clone()),
        ("started", ls::started(run)),
        (
            "time",
            run.elapsed_ms.map_or_else(|| "-".to_owned(), ls::duration),
        ),
        ("tier", run.privacy_tier.clone()),
        ("model", model),
        (
            "tokens",
            format!("{} read, {} written", used.tokens_in, used.tokens_out),
        ),
        ("cost", format!("${:.6}", used.usd)),
        (
            "error",
            run.error.clone().unwrap_or_else(|| "none".to_owned()),
        ),
    ]);
}

fn branches(page: &mut Page, below: &[Tree], depth: usize) {
    for Tree { run, below } in below {
        let id: String = run.id.chars().take(ls::SHORT_ID_CHARS).collect();
        page.line([
            plain("  ".repeat(depth)),
            strong(&run.agent),
            plain("  "),
            ls::status(run),
            dim(format!("  {id}  {} written", run.usage.tokens_out)),
        ]);
        branches(page, below, depth + 1);
    }
}

/// Returns what a run and all it started used.
fn together(run: &RunRecord, below: &[Tree]) -> String {
    let mut all = vec![run];
    let mut next: Vec<&Tree> = below.iter().collect();
    while let Some(tree) = next.pop() {
        all.push(&tree.run);
        next.extend(&tree.below);
    }
    let sum = |count: fn(&RunRecord) -> i64| all.iter().map(|run| count(run)).sum::<i64>();
    format!(
        "together: {} tokens read, {} written, ${:.6}",
        sum(|run| run.usage.tokens_in),
        sum(|run| run.usage.tokens_out),
        all.iter().map(|run| run.usage.usd).sum::<f64>()
    )
}

/// Returns the ids of the calls that have a result.
fn results(events: &Events) -> BTreeSet<&str> {
    let results = events
        .events
        .iter()
        .filter(|event| event.kind == "tool_result");
    results
        .filter_map(|event| event.body["tool_call_id"].as_str())
        .collect()
}
