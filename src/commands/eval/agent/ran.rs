//! One run of an agent, by the whole program, and the answer that it is.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use aldo_backends::{Finish, ToolCall, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

use super::interrupted;
use crate::bench::ask::{Asked, Cut};
use crate::cancel::Cancel;
use crate::commands::run::UsageDocument;
use crate::commands::{Context, store};
use crate::failure::Failure;
use crate::store::Which;

/// What `aldo run --json` says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Ran {
    output: Option<String>,
    usage: Option<UsageDocument>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) locality: Option<String>,
    run_id: Option<String>,
    error: Option<Fault>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    message: String,
}

/// Runs the agent as anybody would, and gives what it printed and how long it took.
///
/// # Errors
/// A failure when the agent may not run, and when the user interrupts it.
pub(super) fn once(
    agent: &str,
    model: Option<&str>,
    prompt: &str,
    cancel: &Cancel,
) -> Result<(Ran, f64), Failure> {
    let failed = |error| Failure::failed("process", "cannot start a run").because(error);
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.args(["run", agent, "--json", "--inputs", "-"]);
    if let Some(model) = model {
        command.args(["--model", model]);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A run that refuses before it reads has said why in its document.
        let _ = stdin.write_all(inputs(prompt).to_string().as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    let total_ms = began.elapsed().as_secs_f64() * 1e3;
    if cancel.is_canceled() {
        return Err(interrupted());
    }
    let ran: Ran = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let why = ran
        .error
        .as_ref()
        .map_or("it printed nothing", |error| &error.message);
    match output.status.code() {
        Some(2) => Err(Failure::usage("agent_refused", why)),
        Some(3) => Err(Failure::refused("agent_refused", why)),
        Some(130) => Err(interrupted()),
        Some(_) | None => Ok((ran, total_ms)),
    }
}

impl Ran {
    /// Makes an answer of a run: its output and the calls it made.
    pub(super) fn asked(
        self,
        ctx: &Context,
        total_ms: f64,
    ) -> Result<(Asked, Option<Cut>), Failure> {
        let calls = match &self.run_id {
            Some(id) => calls(ctx, id)?,
            None => Vec::new(),
        };
        let usage = Usage::from(self.usage.unwrap_or_default());
        let text = self.output.unwrap_or_default();
        let cut = self.error.filter(|_| text.is_empty() && calls.is_empty());
        let asked = Asked {
            text,
            calls,
            done: Some((Finish::Stop, usage)),
            total_ms: (total_ms - usage.load_ms).max(0.0),
            ..Asked::default()
        };
        Ok((
            asked,
            cut.map(|error| Cut::Run {
                reason: error.message,
            }),
        ))
    }
}

/// The calls that the run let happen, in their order.
fn calls(ctx: &Context, id: &str) -> Result<Vec<ToolCall>, Failure> {
    let Some(store) = store::open_to_read(ctx)? else {
        return Ok(Vec::new());
    };
    let record = store.find(&Which::parse(id))?;
    let events = store.events(&record)?.events.into_iter();
    let intents = events.filter(|event| event.kind == "tool_intent");
    let calls = intents.filter_map(|mut event| {
        let call = event.body.get_mut("call").map(Value::take)?;
        serde_json::from_value(call).ok()
    });
    Ok(calls.collect())
}

/// An object as it is, and text as the task.
fn inputs(prompt: &str) -> Value {
    match serde_json::from_str(prompt) {
        Ok(Value::Object(inputs)) => Value::Object(inputs),
        Ok(_) | Err(_) => json!({ "task": prompt }),
    }
}
