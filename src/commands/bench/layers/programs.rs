//! Layers that are a program of their own: aldo started anew, timed from outside.

use std::process::{Command, Stdio};
use std::time::Instant;

use aldo_backends::Usage;
use serde::Deserialize;

use super::Plan;
use crate::bench::layers::{LayerTiming, State, Timed, model_ms};
use crate::commands::bench::subject::Subject;
use crate::commands::run::UsageDocument;
use crate::failure::{Failure, Kind};

/// How aldo exits where a run is refused.
const REFUSED: i32 = 3;

/// What is said of a run that says nothing.
const EMPTY: &str =
    "the answer is empty; a model that reasons may need more tokens, which `--max-tokens` gives";

/// What `aldo run --json` says of an answer, and of each agent below it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Ran {
    output: Option<String>,
    usage: Option<UsageDocument>,
    elapsed_ms: f64,
    error: Option<Error>,
    subagents: Vec<Self>,
}

#[derive(Deserialize)]
struct Error {
    message: String,
}

/// What a process printed, how it exited, and how long it took, its start included.
struct Output {
    stdout: Vec<u8>,
    code: Option<i32>,
    total_ms: f64,
}

/// Why a run gave no time.
enum NoTime {
    /// The model may not run the agent, or cannot.
    Refused(String),
    /// Something failed.
    Failed(String),
}

/// Times an agent as `aldo run` runs it: in process every run loads the model.
pub(super) fn agent(
    plan: &Plan<'_>,
    layer: &'static str,
    agent: &str,
    inputs: &str,
    typed: Option<&str>,
    subject: &Subject,
) -> Result<Vec<LayerTiming>, Failure> {
    let tokens_max = plan.tokens_max.to_string();
    let args = [
        "run",
        agent,
        "--json",
        "--inputs",
        inputs,
        "--model",
        typed.unwrap_or(&subject.candidate.id),
        "--max-tokens",
        &tokens_max,
    ];
    let in_process = subject.candidate.source.is_in_process();
    let (mut timed, mut missing) = (Vec::new(), None);
    // A server may have to load the model for the first one.
    let extra = u32::from(!in_process);
    for _ in 0..plan.runs + extra {
        match run_once(plan, &args)? {
            Ok(run) => timed.push(run),
            Err(NoTime::Refused(why)) => return Ok(vec![LayerTiming::skipped(layer, why)]),
            Err(NoTime::Failed(why)) => missing = Some(why),
        }
    }
    if in_process || timed.is_empty() {
        return Ok(vec![LayerTiming::new(layer, State::Cold, timed, missing)]);
    }
    let warm = timed.split_off(1);
    Ok(vec![
        LayerTiming::new(layer, State::First, timed, None),
        LayerTiming::new(layer, State::Warm, warm, missing),
    ])
}

fn run_once(plan: &Plan<'_>, args: &[&str]) -> Result<Result<Timed, NoTime>, Failure> {
    let Output {
        stdout,
        code,
        total_ms,
    } = started_anew(plan, args)?;
    let Ok(ran) = serde_json::from_slice::<Ran>(&stdout) else {
        let why = "it printed no document".to_owned();
        return Ok(Err(NoTime::Failed(why)));
    };
    let why = ran.error.as_ref().map(|error| error.message.clone());
    if code == Some(REFUSED) {
        return Ok(Err(NoTime::Refused(why.unwrap_or_default())));
    }
    // An agent that did badly was as quick as it was; one that was not answered was not.
    let ended = code.is_some_and(|code| code <= 1);
    Ok(ran
        .timed(total_ms)
        .filter(|_| ended)
        .unwrap_or_else(|| Err(why.unwrap_or_else(|| "it says of no usage".to_owned())))
        .map_err(NoTime::Failed))
}

impl Ran {
    /// The run as it is timed; nothing where it says of no usage.
    fn timed(&self, total_ms: f64) -> Option<Result<Timed, String>> {
        let usage = Usage::from(self.usage.clone()?);
        if self.subagents.is_empty() {
            let says = self.output.as_deref().unwrap_or_default().trim();
            if says.is_empty() && usage.tokens_reasoning == 0 {
                return Some(Err(EMPTY.to_owned()));
            }
            return Some(Timed::new(&usage, total_ms, None));
        }
        Some(Timed::of(&usage, self.model_ms(), total_ms, None))
    }

    /// How long models took for all agents; its own usage is the sum of theirs.
    fn model_ms(&self) -> f64 {
        let below: f64 = self.subagents.iter().map(Self::model_ms_with_below).sum();
        below.min(self.elapsed_ms)
    }

    /// The same for one of the agents and those below it; of those side by side no longer than all of
    /// them together took.
    fn model_ms_with_below(&self) -> f64 {
        let usage = self.usage.clone().map(Usage::from).unwrap_or_default();
        let below: f64 = self.subagents.iter().map(Self::model_ms_with_below).sum();
        let most_ms = (self.elapsed_ms - usage.load_ms).max(0.0);
        (model_ms(&usage) + below).min(most_ms)
    }
}

/// Asks the model once in a process of its own.
pub(super) fn probe(
    plan: &Plan<'_>,
    typed: Option<&str>,
    model: &str,
) -> Result<Result<Timed, String>, Failure> {
    let tokens_max = plan.tokens_max.to_string();
    let context = plan.args.context.map(|context| context.to_string());
    let mut args = vec![
        "bench",
        "--probe",
        "--json",
        "--model",
        typed.unwrap_or(model),
        "--prompt",
        &plan.prompt,
        "--max-tokens",
        &tokens_max,
    ];
    if let Some(context) = &context {
        args.extend(["--context", context]);
    }
    let Output {
        stdout, total_ms, ..
    } = started_anew(plan, &args)?;
    if let Ok(usage) = serde_json::from_slice::<Usage>(&stdout) {
        return Ok(Timed::new(&usage, total_ms, None));
    }
    let ran = serde_json::from_slice::<Ran>(&stdout).ok();
    let why = ran.and_then(|ran| ran.error).map(|error| error.message);
    let nothing = || "the process that was begun printed nothing".to_owned();
    Ok(Err(why.unwrap_or_else(nothing)))
}

/// Starts this program again with the same device, threads and weights.
fn started_anew(plan: &Plan<'_>, args: &[&str]) -> Result<Output, Failure> {
    let failed = |error| Failure::failed("process", "cannot start another process").because(error);
    if plan.cancel.is_canceled() {
        return Err(Failure::new(
            Kind::Interrupted,
            "interrupted",
            "interrupted",
        ));
    }
    let program = std::env::current_exe().map_err(failed)?;
    let began = Instant::now();
    let output = Command::new(program)
        .args(args)
        .args(passed_on())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(failed)?;
    let total_ms = began.elapsed().as_secs_f64() * 1e3;
    if plan.cancel.is_canceled() {
        return Err(Failure::new(
            Kind::Interrupted,
            "interrupted",
            "interrupted",
        ));
    }
    Ok(Output {
        stdout: output.stdout,
        code: output.status.code(),
        total_ms,
    })
}

/// What was typed that changes how a model computes, as it was typed.
fn passed_on() -> Vec<String> {
    const FLAGS: [&str; 3] = ["--device", "--quantize", "--models"];
    let mut typed = std::env::args().skip(1);
    let mut passed = Vec::new();
    while let Some(word) = typed.next() {
        let name = word.split('=').next().unwrap_or_default();
        if !FLAGS.contains(&name) {
            continue;
        }
        let has_value = word.contains('=');
        passed.push(word);
        if !has_value {
            passed.extend(typed.next());
        }
    }
    passed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ran(document: &serde_json::Value) -> Ran {
        serde_json::from_value(document.clone()).unwrap()
    }

    fn used(first_token_ms: f64, decode_ms: f64) -> serde_json::Value {
        serde_json::json!({"tokensIn": 9, "tokensOut": 9, "firstTokenMs": first_token_ms, "decodeMs": decode_ms})
    }

    #[test]
    fn agents_side_by_side_take_no_longer_than_they_took() {
        let reviewer = serde_json::json!({"elapsedMs": 400, "usage": used(300.0, 80.0)});
        let tree = serde_json::json!({
            "elapsedMs": 1000, "usage": used(100.0, 500.0),
            "subagents": [
                {"elapsedMs": 200, "usage": used(100.0, 50.0)},
                {"elapsedMs": 600, "usage": used(100.0, 50.0), "subagents": [reviewer.clone(), reviewer]},
            ],
        });
        let timed = ran(&tree).timed(1100.0).unwrap().unwrap();
        assert!((timed.model_ms - 750.0).abs() < 1e-9, "{timed:?}");
        assert!((timed.bootstrap_ms - 350.0).abs() < 1e-9, "{timed:?}");
    }

    #[test]
    fn k01_a_run_that_says_nothing_is_no_time() {
        let empty = serde_json::json!({"output": " ", "elapsedMs": 9, "usage": used(1.0, 2.0)});
        assert_eq!(ran(&empty).timed(10.0).unwrap().unwrap_err(), EMPTY);
        assert!(ran(&serde_json::json!({})).timed(10.0).is_none());
    }
}
