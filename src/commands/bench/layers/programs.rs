//! Layers that are a program of their own: aldo started anew, timed from outside.

use std::process::{Command, Stdio};
use std::time::Instant;

use aldo_backends::Usage;
use serde::Deserialize;

use super::Plan;
use crate::bench::layers::{LayerTiming, State, Timed};
use crate::failure::{Failure, Kind};

/// What `aldo run --json` says of an answer.
#[derive(Deserialize)]
struct Ran {
    usage: Option<Used>,
    error: Option<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    tokens_in: u64,
    tokens_cached: u64,
    tokens_out: u64,
    load_ms: f64,
    prefill_ms: f64,
    first_token_ms: f64,
    decode_ms: f64,
}

#[derive(Deserialize)]
struct Error {
    message: String,
}

/// Times an agent as `aldo run` runs it: in process every run loads the model.
pub(super) fn agent(
    plan: &Plan<'_>,
    layer: &'static str,
    agent: &str,
    inputs: &str,
    model: &str,
    typed: Option<&str>,
    in_process: bool,
) -> Result<Vec<LayerTiming>, Failure> {
    let tokens_max = plan.tokens_max.to_string();
    let model = typed.filter(|typed| typed.contains('/')).unwrap_or(model);
    let args = [
        "run",
        agent,
        "--json",
        "--inputs",
        inputs,
        "--model",
        model,
        "--max-tokens",
        &tokens_max,
    ];
    let mut timed = Vec::new();
    // A server may have to load the model for the first one.
    let extra = u32::from(!in_process);
    for _ in 0..plan.runs + extra {
        timed.push(run_once(plan, &args)?);
    }
    let collect = |state, timed: Vec<Result<Timed, String>>| {
        let missing = timed.iter().find_map(|run| run.as_ref().err().cloned());
        let runs = timed.into_iter().filter_map(Result::ok).collect();
        LayerTiming::new(layer, state, runs, missing)
    };
    if in_process {
        return Ok(vec![collect(State::Cold, timed)]);
    }
    let warm = timed.split_off(1);
    Ok(vec![
        collect(State::First, timed),
        collect(State::Warm, warm),
    ])
}

fn run_once(plan: &Plan<'_>, args: &[&str]) -> Result<Result<Timed, String>, Failure> {
    let (stdout, total_ms) = started_anew(plan, args)?;
    let Ok(ran) = serde_json::from_slice::<Ran>(&stdout) else {
        return Ok(Err("it printed no document".to_owned()));
    };
    let Some(used) = ran.usage else {
        let why = ran.error.map(|error| error.message);
        return Ok(Err(why.unwrap_or_else(|| "it says of no usage".to_owned())));
    };
    let usage = Usage {
        tokens_in: used.tokens_in,
        tokens_cached: used.tokens_cached,
        tokens_out: used.tokens_out,
        load_ms: used.load_ms,
        prefill_ms: used.prefill_ms,
        first_token_ms: used.first_token_ms,
        decode_ms: used.decode_ms,
        ..Usage::default()
    };
    Ok(Timed::new(&usage, total_ms))
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
    let (stdout, total_ms) = started_anew(plan, &args)?;
    if let Ok(usage) = serde_json::from_slice::<Usage>(&stdout) {
        return Ok(Timed::new(&usage, total_ms));
    }
    let ran = serde_json::from_slice::<Ran>(&stdout).ok();
    let why = ran.and_then(|ran| ran.error).map(|error| error.message);
    let nothing = || "the process that was begun printed nothing".to_owned();
    Ok(Err(why.unwrap_or_else(nothing)))
}

/// Starts this program again with the same device, threads and weights; returns what it prints and how
/// long it takes, its start included.
fn started_anew(plan: &Plan<'_>, args: &[&str]) -> Result<(Vec<u8>, f64), Failure> {
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
    Ok((output.stdout, total_ms))
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
