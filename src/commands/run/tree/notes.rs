//! What happens in a tree, a line each; what agents write for each other is in the store.

use aldo_backends::Event;

use crate::agent::Shown;
use crate::commands::Context;
use crate::commands::run::show::result_line;
use crate::supervise::Said;

/// Says what happens.
pub(super) fn say(ctx: &Context, said: &Said<'_>) {
    match said {
        Said::Begins { alias, candidate } => {
            ctx.ui.note(&format!("{alias}: `{}` answers", candidate.id));
        }
        Said::Happens { alias, shown } => {
            if let Some(what) = line(shown) {
                ctx.ui.note(&format!("{alias}: {what}"));
            }
        }
        Said::HandedOver {
            alias,
            failed,
            reason,
        } => ctx.ui.warn(&format!(
            "{alias}: `{}` of `{}` gives no answer: {reason}",
            failed.id, failed.provider
        )),
        Said::Kept { alias } => ctx.ui.note(&format!("{alias}: done before")),
        // How the tree ends is said by the closing line.
        Said::Ends { place: None, .. } => {}
        Said::Ends { alias, stop, .. } => {
            ctx.ui.note(&format!("{alias}: {}", stop.name()));
        }
    }
}

fn line(shown: &Shown<'_>) -> Option<String> {
    match shown {
        Shown::Event(Event::ToolCall(call)) => Some(format!("→ {} {}", call.name, call.arguments)),
        Shown::Event(
            Event::Loading { .. }
            | Event::Text(_)
            | Event::Reasoning(_)
            | Event::MalformedToolCall { .. }
            | Event::Done { .. },
        ) => None,
        Shown::Repaired(call) => Some(format!("→ {} {}, written again", call.name, call.arguments)),
        Shown::Result { call, outcome } => {
            let line = result_line(outcome.name(), &outcome.text());
            Some(format!("← {} {line}", call.name))
        }
        Shown::Shortened { steps, .. } => Some(format!(
            "the first {steps} steps are left out, to save room"
        )),
    }
}
