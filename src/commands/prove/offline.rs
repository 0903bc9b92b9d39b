//! `aldo prove offline`: makes a network with nobody in it and starts the proof there.

use std::process::Command;

use super::report::Report;
use super::{page, unavailable};
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

/// Runs the proof in a user, network and mount namespace of its own, so that it needs no rights and
/// changes nothing here.
pub(super) fn run(ctx: &Context) -> Result<Outcome, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| unavailable("the program does not find itself").because(error))?;
    ctx.ui
        .note("trying to leave the machine, in a network with a trap at its end");
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--"])
        .arg(program)
        .args(["prove", "inside", "--json"])
        .output()
        .map_err(|error| unavailable("`unshare` cannot be started").because(error))?;
    let Ok(report) = serde_json::from_slice::<Report>(&output.stdout) else {
        return Err(unavailable(why(&output)));
    };
    let outcome = Outcome::new(&report, page::of(&report));
    Ok(match failure(&report) {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

fn failure(report: &Report) -> Option<Failure> {
    if report.ok {
        return None;
    }
    Some(if report.controls.iter().any(|trial| !trial.ok) {
        Failure::failed(
            "proof_blind",
            "the trap does not see what must arrive, so this proves nothing",
        )
    } else if report.left.is_nothing() {
        Failure::failed("proof_failed", "an attempt did not come out as it must")
    } else {
        Failure::failed("left_the_machine", "something left this machine")
            .hint("please report it, with the output of `aldo prove offline --json`")
    })
}

/// What the inner process or `unshare` said instead of a report.
fn why(output: &std::process::Output) -> String {
    let stdout: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
    let told = stdout.and_then(|document| Some(document["error"]["message"].as_str()?.to_owned()));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let told = told.unwrap_or_else(|| stderr.lines().last().unwrap_or_default().to_owned());
    if told.is_empty() {
        return "no network of its own can be made here".to_owned();
    }
    format!("no network of its own can be made here: {told}")
}
