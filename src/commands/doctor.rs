//! `aldo doctor`: what works on this machine, what does not, and why.

use serde::Serialize;

use super::Context;
use super::model::{self, Ask};
use crate::ui::{Outcome, Page, Span, bad, good, plain, warning};

mod cpu;
mod devices;
mod environment;
mod features;
mod memory;
mod models;
mod privacy;
mod runtimes;
mod storage;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What it belongs to, such as `device`.
    about: &'static str,
    /// The thing, such as `cuda`.
    name: String,
    state: State,
    /// What there is, or why it does not work.
    says: String,
}

/// Whether it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It works.
    Works,
    /// It works with a reservation, or needs attention.
    Warns,
    /// It does not work.
    Fails,
    /// It is not there, which is no fault.
    Absent,
}

#[derive(Serialize)]
struct Document {
    ok: bool,
    version: &'static str,
    checks: Vec<Check>,
}

/// Looks at everything; finding faults is what it is for, so it exits with 0.
pub(super) fn run(ctx: &Context) -> Outcome {
    let (found, wrong) = model::all_there_is(ctx, Ask::Everybody);
    let checks: Vec<_> = cpu::checks()
        .into_iter()
        .chain(memory::checks())
        .chain(devices::checks())
        .chain(storage::checks(ctx))
        .chain(models::checks(ctx, &found.registry, wrong.as_ref()))
        .chain(runtimes::checks(ctx, &found.answers))
        .chain(privacy::checks(ctx))
        .chain(environment::checks(ctx))
        .collect();
    let mut page = Page::new();
    page.table(["about", "what", "state", "why"], checks.iter().map(row));
    let document = Document {
        ok: checks.iter().all(|check| check.state != State::Fails),
        version: env!("CARGO_PKG_VERSION"),
        checks,
    };
    Outcome::new(&document, page)
}

fn row(check: &Check) -> [Span; 4] {
    let state = match check.state {
        State::Works => good("works"),
        State::Warns => warning("warns"),
        State::Fails => bad("fails"),
        State::Absent => plain("absent"),
    };
    [
        plain(check.about),
        plain(&check.name),
        state,
        plain(&check.says),
    ]
}

impl Check {
    fn new(
        about: &'static str,
        name: impl Into<String>,
        state: State,
        says: impl Into<String>,
    ) -> Self {
        Self {
            about,
            name: name.into(),
            state,
            says: says.into(),
        }
    }
}
