//! An agent under test: each case is a run of its own, of the whole program, written down like any.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

use crate::bench::identity::hex;
use crate::bench::judge::Judges;
use crate::bench::machine::Machine;
use crate::bench::report_wire::{CaseRow, FORMAT, ModelReport, Report, SuiteHead, Summary};
use crate::bench::run::{Setting, judged};
use crate::bench::saved::Saved;
use crate::bench::suite::{Case, Room, Suite};
use crate::cancel::Cancel;
use crate::commands::run::interrupt;
use crate::commands::{Context, agents, bench};
use crate::failure::{Failure, Kind};
use crate::spec::Found;

mod ran;

/// The window a prompt is written for: the agent fits it to the real one itself.
const ROOM: Room = Room {
    tokens: 100_000,
    bytes_per_token: 4.0,
};

/// What stands for the model where the router chooses it.
const AS_ROUTED: &str = "as routed";

/// What becomes of the report while it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing: a gate is asked from its beginning.
    Nowhere,
    /// It is saved after every case.
    Saved,
    /// The same, and what was saved before is gone on with.
    Resumed,
}

/// Judges `agent` on each of `models`; without a name on what the router chooses.
///
/// # Errors
/// A failure when the agent may not run or is wrong, when what is saved is of something else, and when
/// the user interrupts it.
pub(super) fn judge(
    ctx: &Context,
    suite: &Suite,
    agent: &str,
    models: &[Option<String>],
    repeat: u32,
    kept: Kept,
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
    let report = empty(suite, &found, models, repeat);
    let trial = Trial {
        ctx,
        agent,
        repeat,
        cancel: &cancel,
        judges: &judges,
        runtime: &runtime,
        saved: (kept != Kept::Nowhere).then(|| place(ctx, &report, models)),
    };
    let report = match (&trial.saved, kept) {
        (Some(saved), Kept::Resumed) => {
            let name = format!("{}@{}", suite.name, suite.version);
            bench::gone_on_with(saved, &name, report)?
        }
        (Some(_) | None, Kept::Nowhere | Kept::Saved | Kept::Resumed) => report,
    };
    trial.all(suite, models, report)
}

/// The report before anything was asked.
fn empty(suite: &Suite, found: &Found, models: &[Option<String>], repeat: u32) -> Report {
    let mark = spec_mark(found);
    Report {
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
        models: models
            .iter()
            .map(|model| untried(model.as_deref(), &mark))
            .collect(),
    }
}

fn untried(model: Option<&str>, mark: &str) -> ModelReport {
    let asked = model.unwrap_or(AS_ROUTED);
    ModelReport {
        model: asked.to_owned(),
        provider: String::new(),
        locality: String::new(),
        device: "the run's".to_owned(),
        sha256: None,
        runtime_version: None,
        weights: format!("agent {mark} on {asked}"),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        context_tokens: 0,
        load_ms: None,
        cold_first_token_ms: None,
        error: None,
        cases: Vec::new(),
        summary: Summary::default(),
    }
}

/// A mark of everything the agent's spec says.
fn spec_mark(found: &Found) -> String {
    // A spec that was read can be written.
    let spec = serde_json::to_vec(&found.spec).unwrap_or_default();
    let mut mark = hex(&Sha256::digest(spec));
    mark.truncate(16);
    mark
}

/// Where the report of an agent is saved: beside those of models, under the agent's name.
fn place(ctx: &Context, report: &Report, models: &[Option<String>]) -> Saved {
    let folder = ctx.config.folders.state.join("bench");
    let SuiteHead { name, version, .. } = &report.suite;
    let agent = report.agent.as_deref().unwrap_or_default();
    let models = models.iter().map(|model| model.as_deref());
    let models = models.map(|model| model.unwrap_or(AS_ROUTED).to_owned());
    let models: Vec<String> = models.collect();
    Saved::at(&folder, &format!("{name}@{version}+agent-{agent}"), &models)
}

/// One agent on its way through a suite and models.
struct Trial<'a> {
    ctx: &'a Context<'a>,
    agent: &'a str,
    repeat: u32,
    cancel: &'a Cancel,
    judges: &'a Judges,
    runtime: &'a Runtime,
    saved: Option<Saved>,
}

impl Trial<'_> {
    /// Asks what `report` does not have yet, and saves it after every case.
    fn all(
        &self,
        suite: &Suite,
        models: &[Option<String>],
        mut report: Report,
    ) -> Result<Report, Failure> {
        self.save(&report)?;
        for (index, model) in models.iter().enumerate() {
            let progress = self.ctx.ui.progress("cases");
            for number in report.models[index].cases.len()..suite.cases.len() {
                progress.set(number, suite.cases.len());
                let asked = self.case(
                    &suite.cases[number],
                    model.as_deref(),
                    &mut report.models[index],
                );
                let row = match asked {
                    Err(failure) if failure.kind == Kind::Interrupted && self.saved.is_some() => {
                        return Err(bench::interrupted(&report));
                    }
                    row => row?,
                };
                report.models[index].cases.push(row);
                report.models[index].sum_up(suite.pass_threshold);
                self.save(&report)?;
            }
        }
        report.conclude();
        self.save(&report)?;
        Ok(report)
    }

    fn save(&self, report: &Report) -> Result<(), Failure> {
        let saved = self.saved.as_ref();
        saved.map_or(Ok(()), |saved| bench::save(saved, report))
    }

    fn case(
        &self,
        case: &Case,
        model: Option<&str>,
        report: &mut ModelReport,
    ) -> Result<CaseRow, Failure> {
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
            let (ran, total_ms) = ran::once(self.agent, model, &prompt, self.cancel)?;
            if let (Some(model), Some(provider)) = (&ran.model, &ran.provider) {
                report.model.clone_from(model);
                report.provider.clone_from(provider);
                report.locality = ran.locality.clone().unwrap_or_default();
            }
            let (asked, cut) = ran.asked(self.ctx, total_ms)?;
            let setting = Setting {
                repeat: self.repeat,
                cancel: self.cancel,
                judges: self.judges,
            };
            let one = judged(case, &prompt, asked, cut, &setting);
            let one = self.runtime.block_on(one);
            tries.push(one.map_err(|_| interrupted())?);
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
}

fn interrupted() -> Failure {
    Failure::new(Kind::Interrupted, "interrupted", "interrupted")
}
