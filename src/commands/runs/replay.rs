//! `aldo runs replay`.

use aldo_backends::Message;
use serde_json::Value;

use super::super::{Context, run as running};
use super::one::One;
use super::runs_wire::Replayed;
use crate::failure::Failure;
use crate::store::{EventRecord, Events, RunRecord};
use crate::ui::{Answer, Outcome};

/// What can be typed after `aldo runs replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run: its id or the beginning of it, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
}

/// Prints one run as it was. No model is asked and no tool runs.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let One { run, events, .. } = One::find(ctx, &args.run)?;
    let mut answer = ctx.ui.answer();
    // What a supervisor said first was for its agents.
    let gives_back = |event: &EventRecord| event.kind == "output";
    let is_tree = events.events.iter().any(gives_back);
    for event in &events.events {
        if !(is_tree && event.kind == "answer") {
            show(&mut answer, event)?;
        }
    }
    answer.finish()?;
    ctx.ui.note(&closing(&run));
    let outcome = Outcome::streamed(&Replayed::new(&run, output(&events)));
    Ok(match &events.broken {
        Some(broken) => outcome.failing(Failure::failed(
            "run_broken",
            format!("the run goes on in a way that cannot be trusted: {broken}"),
        )),
        None => outcome,
    })
}

/// Returns the text of the last answer.
fn output(events: &Events) -> &str {
    let answers = events.events.iter().rev();
    let mut texts = answers.filter_map(|event| match event.kind.as_str() {
        "answer" => event.body["content"].as_str(),
        "output" => event.body["text"].as_str(),
        _ => None,
    });
    texts.next().unwrap_or_default()
}

fn show(answer: &mut Answer<'_>, event: &EventRecord) -> Result<(), Failure> {
    let body = &event.body;
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    match event.kind.as_str() {
        "answer" => {
            answer.reasoning(text("reasoning"));
            answer.text(text("content"))?;
            let message = without_finish(body);
            for call in message.into_iter().flat_map(|message| message.tool_calls) {
                answer.tool_call(&call.name, &call.arguments);
            }
        }
        "malformed_tool_call" => {
            answer.event(&format!(
                "a tool call that cannot be read: {}",
                text("reason")
            ));
        }
        "repaired_tool_call" => {
            answer.event("the call is written again");
            answer.tool_call(text("name"), &body["arguments"]);
        }
        "tool_result" => {
            let line = running::result_line(text("outcome"), text("content"));
            answer.event(&format!("← {} {line}", text("name")));
        }
        "shortened" => {
            let steps = &body["steps"];
            answer.event(&format!(
                "the first {steps} steps are left out, to save room"
            ));
        }
        "failed" => {
            let (model, reason) = (text("model"), text("reason"));
            answer.event(&format!("`{model}` gives no answer: {reason}"));
        }
        "resumed" => answer.event("taken up again"),
        "subagent" => answer.event(&format!("{}: {} begins", text("as"), text("agent"))),
        "subagent_ended" => answer.event(&format!("{}: {}", text("as"), text("stop"))),
        "output" => answer.text(text("text"))?,
        // The rest is for `aldo runs show`.
        _ => {}
    }
    Ok(())
}

fn without_finish(body: &Value) -> Option<Message> {
    let mut body = body.clone();
    body.as_object_mut()?.remove("finish");
    serde_json::from_value(body).ok()
}

fn closing(run: &RunRecord) -> String {
    let elapsed_ms = run.elapsed_ms.unwrap_or_default();
    let model = run.model.as_deref().unwrap_or("none");
    let status = run.status.as_str();
    let stop = run.stop.as_deref().unwrap_or(status);
    let usd = run.usage.usd;
    format!("{status} ({stop}) in {elapsed_ms}ms, ${usd:.6} on {model}")
}
