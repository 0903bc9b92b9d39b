//! The events of a run on the screen.

use std::ops::ControlFlow;

use aldo_backends::Event;

use crate::agent::Shown;
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::Answer;

/// How much of what came of a call is shown, in characters.
const RESULT_CHARS: usize = 100;

/// Returns the closing line, the same wherever the agent ran.
pub(super) fn closing_line(ctx: &Context, usd: f64, model: &str) -> String {
    let elapsed_ms = ctx.ui.elapsed_ms().round();
    format!("done in {elapsed_ms}ms, ${usd:.6} on {model}")
}

/// Shows what happens; breaks, and keeps the failure, when the answer cannot be written any more.
pub(super) fn happening(
    answer: &mut Answer<'_>,
    shown: &Shown<'_>,
    failure: &mut Option<Failure>,
) -> ControlFlow<()> {
    match shown {
        Shown::Event(event) => return one_event(answer, event, failure),
        Shown::Repaired(call) => {
            answer.event("the call is written again");
            answer.tool_call(&call.name, &call.arguments);
        }
        Shown::Result { call, outcome } => {
            let line = result_line(outcome.name(), &outcome.text());
            answer.event(&format!("← {} {line}", call.name));
        }
        Shown::Shortened { steps, summed_up } => {
            let how = if *summed_up { "summed up" } else { "left out" };
            answer.event(&format!("the first {steps} steps are {how}, to save room"));
        }
    }
    ControlFlow::Continue(())
}

fn one_event(
    answer: &mut Answer<'_>,
    event: &Event,
    failure: &mut Option<Failure>,
) -> ControlFlow<()> {
    match event {
        Event::Loading {
            done_bytes,
            total_bytes,
        } => answer.loading(*done_bytes, *total_bytes),
        Event::Text(text) => {
            if let Err(error) = answer.text(text) {
                *failure = Some(error);
                return ControlFlow::Break(());
            }
        }
        Event::Reasoning(text) => answer.reasoning(text),
        Event::ToolCall(call) => answer.tool_call(&call.name, &call.arguments),
        Event::MalformedToolCall { reason, .. } => {
            answer.event(&format!("a tool call that cannot be read: {reason}"));
        }
        Event::Done { .. } => {}
    }
    ControlFlow::Continue(())
}

/// Returns what came of a call in one line: its word, where it is not `done`, and how its text begins.
pub(crate) fn result_line(outcome: &str, text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let shown: String = first.chars().take(RESULT_CHARS).collect();
    let dots = if shown.len() < text.trim_end().len() {
        " …"
    } else {
        ""
    };
    match outcome {
        "done" => format!("{shown}{dots}"),
        word => format!("{word}: {shown}{dots}"),
    }
}
