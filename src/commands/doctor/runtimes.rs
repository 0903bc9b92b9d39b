//! The runtimes of this machine: which answer, and which of those `run` may use.

use super::{Check, State};
use crate::commands::Context;
use crate::discovery::{Answer, Reply};
use crate::env;

/// Describes every runtime that was asked.
pub(super) fn checks(ctx: &Context, answers: &[Answer]) -> Vec<Check> {
    let used = match &ctx.config.discovery {
        Some(wanted) if wanted.is_empty() => "none".to_owned(),
        Some(wanted) => wanted
            .iter()
            .map(|r| r.name())
            .collect::<Vec<_>>()
            .join(", "),
        None => format!("none, `{}` is not set", env::LOCAL_DISCOVERY.name),
    };
    let state = match ctx.config.discovery.as_deref() {
        Some([]) | None => State::Absent,
        Some(_) => State::Works,
    };
    let used = Check::new("runtimes", "used by run", state, used);
    answers.iter().map(check).chain([used]).collect()
}

fn check(answer: &Answer) -> Check {
    let state = match answer.reply {
        Reply::Serving { .. } => State::Works,
        Reply::Unexpected { .. } => State::Warns,
        Reply::NotRunning { .. } | Reply::NotAsked { .. } => State::Absent,
    };
    let says = format!("{}: {}", answer.place(), answer.says());
    Check::new("runtimes", answer.runtime.name(), state, says)
}
