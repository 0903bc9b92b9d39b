//! An agent under test: each case is a run of its own, of the whole program, written down like any.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use aldo_backends::{Finish, ToolCall, Usage};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::bench::ask::{Asked, Cut};
use crate::bench::judge::Judges;
use crate::bench::machine::Machine;
use crate::bench::report_wire::{CaseRow, FORMAT, ModelReport, Report, SuiteHead, Summary};
use crate::bench::run::{Interrupted, Setting, judged};
use crate::bench::suite::{Case, Room, Suite};
use crate::cancel::Cancel;
use crate::commands::run::{UsageDocument, interrupt};
use crate::commands::{Context, agents, bench, store};
use crate::failure::{Failure, Kind};
use crate::store::Which;

/// The window a prompt is written for: the agent fits it to the real one itself.
const ROOM: Room = Room {
    tokens: 100_000,
    bytes_per_token: 4.0,
};

/// What `aldo run --json` says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ran {
    output: Option<String>,
    usage: Option<UsageDocument>,
    model: Option<String>,
    provider: Option<String>,
    locality: Option<String>,
    run_id: Option<String>,
    error: Option<Fault>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    message: String,
}

/// Judges `agent` on each of `models`; without a name on what the router chooses.
///
/// # Errors
/// A failure when the agent may not run or is wrong, and when the user interrupts it.
pub(super) fn judge(
    ctx: &Context,
    suite: &Suite,
    agent: &str,
    models: &[Option<String>],
    repeat: u32,
) -> Result<Report, Failure> {
    let found = agents::find(ctx, agent)?;
    // The runs below are at the agent's tier, so what the suite asks may not be more secret than that.
    let tier = found.spec.tier();
    if let Some(asked) = suite.tier.filter(|&asked| asked > tier) {
        let message = format!("the suite is `{asked}`, and the agent `{agent}` is only `{tier}`");
        return Err(Failure::refused("privacy_tier_unroutable", message)
            .hint(format!("set `privacy_tier: {asked}` in the agent's spec")));
    }
    let cancel = Cancel::new();
    interrupt::listen(cancel.clone())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))?;
    let judges = runtime.block_on(bench::judges(ctx, suite, tier))?;
    let mut report = Report {
        ok: false,
        format: FORMAT.to_owned(),
        suite: SuiteHead::of(suite),
        agent: Some(format!(
            "{}@{}",
            found.spec.name(),
            found.spec.identity.version
        )),
        started_at: Timestamp::now().to_string(),
        machine: Machine::here(),
        repeat,
        complete: false,
        models: Vec::new(),
    };
    for model in models {
        let trial = Trial {
            ctx,
            agent,
            model: model.as_deref(),
            repeat,
            cancel: &cancel,
            judges: &judges,
            runtime: &runtime,
        };
        report.models.push(trial.all(suite)?);
    }
    report.conclude();
    Ok(report)
}

/// One agent on one model.
struct Trial<'a> {
    ctx: &'a Context<'a>,
    agent: &'a str,
    model: Option<&'a str>,
    repeat: u32,
    cancel: &'a Cancel,
    judges: &'a Judges,
    runtime: &'a Runtime,
}

impl Trial<'_> {
    fn all(&self, suite: &Suite) -> Result<ModelReport, Failure> {
        let mut report = self.empty();
        let progress = self.ctx.ui.progress("cases");
        for (number, case) in suite.cases.iter().enumerate() {
            progress.set(number, suite.cases.len());
            let row = self.case(case, &mut report)?;
            report.cases.push(row);
        }
        report.sum_up(suite.pass_threshold);
        Ok(report)
    }

    fn empty(&self) -> ModelReport {
        ModelReport {
            model: self.model.unwrap_or("as routed").to_owned(),
            provider: String::new(),
            locality: String::new(),
            device: "the run's".to_owned(),
            sha256: None,
            runtime_version: None,
            weights: String::new(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            context_tokens: 0,
            load_ms: None,
            cold_first_token_ms: None,
            error: None,
            cases: Vec::new(),
            summary: Summary::default(),
        }
    }

    fn case(&self, case: &Case, report: &mut ModelReport) -> Result<CaseRow, Failure> {
        if case.system.is_some() || case.needs_tools() || case.needs_vision() {
            let why = "the case brings instructions, tools or images; an agent has its own";
            return Ok(CaseRow::skipped(case, why));
        }
        if let Some(why) = self.no_judge(case) {
            return Ok(CaseRow::skipped(case, &why));
        }
        let prompt = case.prompt.write(ROOM).text;
        let mut tries = Vec::new();
        for _ in 0..self.repeat.max(1) {
            let (ran, total_ms) = self.run_once(&prompt)?;
            if let (Some(model), Some(provider)) = (&ran.model, &ran.provider) {
                report.model.clone_from(model);
                report.provider.clone_from(provider);
                report.locality = ran.locality.clone().unwrap_or_default();
            }
            let (asked, cut) = self.asked(ran, total_ms)?;
            let setting = Setting {
                repeat: self.repeat,
                cancel: self.cancel,
                judges: self.judges,
            };
            let one = judged(case, &prompt, asked, cut, &setting);
            let one = self.runtime.block_on(one);
            tries.push(one.map_err(|Interrupted| interrupted())?);
        }
        Ok(CaseRow::asked(case, &prompt, None, tries).without_rates())
    }

    fn no_judge(&self, case: &Case) -> Option<String> {
        let rubrics = case.expect.rubrics();
        rubrics.iter().find_map(|rubric| {
            let judge = self.judges.get(&rubric.class)?;
            let reason = judge.as_ref().err()?;
            Some(format!("no judge: {reason}"))
        })
    }

    /// Runs the agent as anybody would, and gives what it printed and how long it took.
    fn run_once(&self, prompt: &str) -> Result<(Ran, f64), Failure> {
        let failed = |error| Failure::failed("process", "cannot start a run").because(error);
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.args(["run", self.agent, "--json", "--inputs", "-"]);
        if let Some(model) = self.model {
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
        if self.cancel.is_canceled() {
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

    /// Makes an answer of a run: its output and the calls it made.
    fn asked(&self, ran: Ran, total_ms: f64) -> Result<(Asked, Option<Cut>), Failure> {
        let calls = match &ran.run_id {
            Some(id) => self.calls(id)?,
            None => Vec::new(),
        };
        let usage = Usage::from(ran.usage.unwrap_or_default());
        let text = ran.output.unwrap_or_default();
        let cut = ran.error.filter(|_| text.is_empty() && calls.is_empty());
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

    /// The calls that the run let happen, in their order.
    fn calls(&self, id: &str) -> Result<Vec<ToolCall>, Failure> {
        let Some(store) = store::open_to_read(self.ctx)? else {
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
}

/// An object as it is, and text as the task.
fn inputs(prompt: &str) -> Value {
    match serde_json::from_str(prompt) {
        Ok(Value::Object(inputs)) => Value::Object(inputs),
        Ok(_) | Err(_) => json!({ "task": prompt }),
    }
}

fn interrupted() -> Failure {
    Failure::new(Kind::Interrupted, "interrupted", "interrupted")
}
