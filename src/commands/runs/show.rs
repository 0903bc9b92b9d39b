//! `aldo runs show`.

use super::super::{Context, store};
use super::runs_wire::Shown;
use super::{ls, transcript};
use crate::failure::Failure;
use crate::store::{Events, RunRecord, StoreError, Which};
use crate::ui::{Outcome, Page, plain, strong};

/// What can be typed after `aldo runs show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Shows what happened in one run.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let which = Which::parse(&args.run);
    let Some(store) = store::open_to_read(ctx)? else {
        return Err(StoreError::not_found(&which).into());
    };
    let _ = store.sweep();
    let run = store.find(&which)?;
    let events = store.events(&run)?;
    if let Some(broken) = &events.broken {
        ctx.ui.warn(&format!(
            "the record of this run cannot be trusted any further: {broken}"
        ));
    }
    Ok(Outcome::new(
        &Shown::new(&run, &events),
        page(&run, &events),
    ))
}

fn page(run: &RunRecord, events: &Events) -> Page {
    let mut page = Page::new();
    let used = run.usage;
    page.line([
        strong(&run.agent),
        plain(format!(" {}  ", run.agent_version)),
        ls::status(run),
    ]);
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
    for event in &events.events {
        transcript::add(&mut page, event);
    }
    page
}
