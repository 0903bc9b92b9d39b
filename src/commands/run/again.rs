//! Going on with a run from the store: the same run after it was cut off, or a new one from a message
//! that was changed.

use std::path::PathBuf;
use std::str::FromStr;

use aldo_models::{DeviceChoice, Quantize};
use serde_json::{Value, json};

use super::decide::Plan;
use super::execute::{self, Execution};
use super::{Args, device, refusal, task, tree};
use crate::agent;
use crate::capabilities::PrivacyTier;
use crate::commands::{Context, agents, quantize, store};
use crate::failure::Failure;
use crate::router::{Outcome as Chosen, Route};
use crate::spec::Found;
use crate::store::{Entry, EventRecord, Events, RunRecord, Status, UsageRecord};
use crate::ui::Outcome;

/// What may be typed anew when a run goes on; the rest is as it was.
#[derive(Debug, clap::Args)]
pub(crate) struct Again {
    /// The model for the rest, instead of the one it had.
    #[arg(long, value_name = "ID|PATH")]
    model: Option<String>,
    /// A catalogue of models, over the ones found: YAML, `kind: ModelCatalog`.
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
    /// The most the whole run may cost, in US dollars, instead of what held before.
    #[arg(long, value_name = "USD", value_parser = crate::config::parse_usd)]
    max_usd: Option<f64>,
    /// The most tokens an answer may have, instead of what held before.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Approve the calls that the agent's spec foresees, without asking.
    #[arg(long, short)]
    yes: bool,
    /// Run a sensitive agent even though the system cannot keep the run on this machine; written down.
    #[arg(long)]
    no_seal: bool,
    /// What computes: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device::parse)]
    #[arg(hide_default_value = true)]
    device: DeviceChoice,
    /// Make the weights of a model that runs in this process smaller while they are loaded: `q4_k`,
    /// `q8_0` and others.
    #[arg(long, value_name = "TYPE", value_parser = quantize::parse)]
    quantize: Option<Quantize>,
}

/// A message that is to be changed.
pub(crate) struct Changed<'a> {
    /// The place of its entry.
    pub(crate) seq: i64,
    /// Its new text.
    pub(crate) content: &'a str,
}

/// Goes on with `run` from its last whole step.
pub(crate) fn resume(
    ctx: &Context,
    run: &RunRecord,
    events: &Events,
    typed: &Again,
) -> Result<Outcome, Failure> {
    at_the_top(ctx, run)?;
    may_go_on(run)?;
    let start = agent::resume(events, &run.usage).map_err(|error| refused(&error.to_string()))?;
    let args = Args::again(events, run, typed)?;
    let found = agents::find(ctx, &args.agent)?;
    if found.spec.composite.is_some() {
        return tree::resume(ctx, &args, run, events, found);
    }
    let plan = Plan::again(ctx, &args, found, run, events, &start)?;
    if let Chosen::Refused(refused) = &plan.decision.outcome {
        let id = Some(run.id.clone());
        return Ok(refusal::outcome(ctx, &args, &plan, refused, id));
    }
    let execution = Execution::begin(ctx, &args)?;
    execute::carry_on(&execution, plan, start, |plan| {
        let entries = [Entry::Resumed, Entry::Decision(json!(plan.decision))];
        let served_by = agent::served_by(&plan.chosen());
        Ok(store::open(ctx)?.reopen(run, &entries, Some(&served_by))?)
    })
}

/// Runs on from `run` as a new run, with one message `changed`.
pub(crate) fn edited(
    ctx: &Context,
    run: &RunRecord,
    events: &Events,
    changed: &Changed<'_>,
    typed: &Again,
) -> Result<Outcome, Failure> {
    if run.parent.is_some() {
        return tree::edited(ctx, run, events, changed, typed);
    }
    let args = Args::again(events, run, typed)?;
    let found = agents::find(ctx, &args.agent)?;
    if found.spec.composite.is_some() {
        return tree::edited(ctx, run, events, changed, typed);
    }
    let kept = kept(events, changed)?;
    let used = UsageRecord::default();
    let start = agent::resume(&kept, &used).map_err(|error| refused(&error.to_string()))?;
    let plan = Plan::again(ctx, &args, found, run, events, &start)?;
    if let Chosen::Refused(refused) = &plan.decision.outcome {
        return Ok(refusal::conclude(ctx, &args, &plan, refused));
    }
    let execution = Execution::begin(ctx, &args)?;
    execute::carry_on(&execution, plan, start, |plan| {
        let edited = Entry::Edited {
            run: run.id.clone(),
            seq: changed.seq,
        };
        let entries = kept.events.into_iter().map(|event| Entry::Kept {
            kind: event.kind,
            body: event.body,
        });
        let entries = std::iter::once(edited).chain(entries).collect();
        let record = agent::begin_from(
            &store::open(ctx)?,
            plan.spec(),
            &plan.chosen(),
            &plan.decision,
            task::record(&args, plan),
            &run.id,
            entries,
            args.project.as_deref(),
        )?;
        Ok(record)
    })
}

/// Returns the entries up to the one that is changed, the decision and what was typed apart.
pub(super) fn kept(events: &Events, changed: &Changed<'_>) -> Result<Events, Failure> {
    let at = events
        .events
        .iter()
        .position(|event| event.seq == changed.seq);
    let told = |event: &EventRecord| ["message", "tool_result"].contains(&event.kind.as_str());
    let Some(at) = at.filter(|at| told(&events.events[*at])) else {
        let places = events.events.iter().filter(|event| told(event));
        let places: Vec<String> = places.map(|event| event.seq.to_string()).collect();
        let message = format!("entry {} is nothing the model was told", changed.seq);
        let hint = format!("what it was told are the entries {}", places.join(", "));
        return Err(Failure::usage("not_editable", message).hint(hint));
    };
    let (before, after) = events.events.split_at(at + 1);
    // The other results of the same turn stay.
    let same_turn = after
        .iter()
        .take_while(|event| matches!(event.kind.as_str(), "tool_intent" | "tool_result"));
    let of_the_conversation = |event: &&EventRecord| {
        let kind = event.kind.as_str();
        matches!(
            kind,
            "message" | "answer" | "tool_intent" | "tool_result" | "shortened"
        ) || matches!(kind, "malformed_tool_call" | "repaired_tool_call")
    };
    let all = before.iter().chain(same_turn).filter(of_the_conversation);
    let mut kept: Vec<EventRecord> = all.cloned().collect();
    for event in kept.iter_mut().filter(|event| event.seq == changed.seq) {
        event.body["content"] = Value::String(changed.content.to_owned());
    }
    Ok(Events {
        events: kept,
        broken: None,
    })
}

fn may_go_on(run: &RunRecord) -> Result<(), Failure> {
    match run.status {
        Status::Interrupted | Status::Canceled | Status::Failed => Ok(()),
        Status::Completed => {
            let hint = format!(
                "`aldo runs edit {} ENTRY` changes a message and runs on",
                run.id
            );
            Err(Failure::usage("run_completed", "this run has come to its end").hint(hint))
        }
        Status::Running => Err(crate::store::StoreError::InUse { id: run.id.clone() }.into()),
    }
}

/// The runs below a supervisor's go on with it, not by themselves.
fn at_the_top(ctx: &Context, run: &RunRecord) -> Result<(), Failure> {
    if run.parent.is_none() {
        return Ok(());
    }
    let top = tree::top(store::open(ctx)?.as_ref(), run)?.id;
    let message = format!("this run of `{}` is part of another one", run.agent);
    let hint = format!("`aldo runs resume {top}` goes on with all of it");
    Err(Failure::usage("not_resumable", message).hint(hint))
}

pub(super) fn refused(reason: &str) -> Failure {
    Failure::usage("not_resumable", reason)
}

/// Returns what was typed when a run began.
pub(super) fn typed_then(events: &Events) -> Option<&Value> {
    let mut tasks = events.events.iter().filter(|event| event.kind == "task");
    tasks.next().map(|event| &event.body)
}

impl Args {
    /// Returns what was typed when the run began, with what is typed now over it.
    pub(super) fn again(events: &Events, run: &RunRecord, typed: &Again) -> Result<Self, Failure> {
        let Some(then) = typed_then(events) else {
            let message = "this run does not say what was typed when it began";
            return Err(Failure::usage("not_resumable", message));
        };
        let text = |key: &str| then[key].as_str().map(str::to_owned);
        let number = |key: &str| then[key].as_u64().and_then(|n| u32::try_from(n).ok());
        Ok(Self {
            agent: text("agent").unwrap_or_else(|| run.agent.clone()),
            inputs: None,
            // Where a run goes on it stays: its steps are here.
            route: Route::Local,
            model: typed.model.clone().or_else(|| text("model")),
            models: typed
                .models
                .clone()
                .or_else(|| text("catalog").map(PathBuf::from)),
            no_seal: typed.no_seal,
            yes: typed.yes,
            dry_run: false,
            project: run.project.clone(),
            max_usd: typed.max_usd.or_else(|| then["maxUsd"].as_f64()),
            seed: then["seed"].as_u64().unwrap_or_default(),
            device: typed.device,
            threads: None,
            quantize: typed.quantize,
            max_tokens: typed.max_tokens.or_else(|| number("maxTokens")),
        })
    }
}

impl Plan {
    /// Decides which model goes on with `run`: at the tier it had, or a higher one.
    fn again(
        ctx: &Context,
        args: &Args,
        mut found: Found,
        run: &RunRecord,
        events: &Events,
        start: &agent::Start,
    ) -> Result<Self, Failure> {
        let then = typed_then(events).cloned().unwrap_or_default();
        if then["spec"] != json!(found.spec) {
            ctx.ui.warn(&format!(
                "the spec of `{}` has changed since this run began; it goes on with the new one",
                found.spec.name()
            ));
        }
        // A word nobody knows could be a higher tier than any.
        let tier = PrivacyTier::from_str(&run.privacy_tier).unwrap_or(PrivacyTier::Sensitive);
        let own = &mut found.spec.model_policy.privacy_tier;
        *own = tier.max(*own);
        let messages = start.conversation.messages();
        Self::of(ctx, args, found, then["inputs"].clone(), messages)
    }
}
