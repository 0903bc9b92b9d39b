//! The events of a run on the screen.

use std::ops::ControlFlow;

use aldo_backends::Event;

use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::Answer;

/// Returns the closing line, the same wherever the agent ran.
pub(super) fn closing_line(ctx: &Context, usd: f64, model: &str) -> String {
    let elapsed_ms = ctx.ui.elapsed_ms().round();
    format!("done in {elapsed_ms}ms, ${usd:.6} on {model}")
}

/// Shows an event; breaks, and keeps the failure, when the answer cannot be written any more.
pub(super) fn event(
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
