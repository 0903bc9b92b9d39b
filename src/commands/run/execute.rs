//! The run itself: the decision on disk, the engine, the loop, the closing line.

use aldo_backends::{Engine, EngineOptions, Sampling, ToolSpec};
use tokio::runtime::Builder;

use super::decide::Plan;
use super::run_wire::RunDocument;
use super::{Args, interrupt, show};
use crate::agent::{self, Cancel, Limits, Stop, Task};
use crate::candidate::{Candidate, Source};
use crate::commands::{Context, store};
use crate::failure::{Failure, Kind};
use crate::router::suggest;
use crate::tools::schema;
use crate::ui::Outcome;

/// How likely a rarer word is where the agent does not say: the middle of what model makers advise.
const TEMPERATURE_DEFAULT: f32 = 0.7;
/// The share of likely words that is chosen from where the agent does not say.
const TOP_P_DEFAULT: f32 = 0.95;

/// Runs the agent on the candidate the router chose.
pub(super) fn run(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    candidate: &Candidate,
) -> Result<Outcome, Failure> {
    let checkpoint = plan
        .discovered
        .checkpoint(candidate)
        .ok_or_else(|| not_built(candidate))?;
    let cancel = Cancel::new();
    interrupt::listen(cancel.clone())?;
    let task = task(args, plan, candidate)?;
    let store = store::open(ctx)?;
    let project = args.project.as_deref();
    let record = agent::begin(
        &store,
        plan.spec(),
        candidate,
        &plan.decision,
        &plan.messages,
        project,
    )?;
    introduce(ctx, plan, candidate);
    let options = EngineOptions {
        device: args.device,
        threads: args.threads.map(usize::from),
        ..EngineOptions::default()
    };
    let engine = Engine::start(checkpoint.clone(), options);
    let mut answer = ctx.ui.answer();
    let mut unwritten = None;
    let ended = runtime()?.block_on(agent::run(&task, &engine, record, &cancel, &mut |event| {
        show::event(&mut answer, event, &mut unwritten)
    }));
    answer.finish()?;
    if let (Stop::OutputClosed, Some(failure)) = (&ended.stop, unwritten) {
        return Err(failure);
    }
    ctx.ui.note(&format!(
        "done in {}ms, ${:.6} on {}",
        ctx.ui.elapsed_ms().round(),
        ended.usd,
        candidate.id
    ));
    if let (Some(error), false) = (&ended.store_error, is_told(&ended.stop)) {
        ctx.ui.warn(&format!(
            "the end of this run could not be written down: {error}"
        ));
    }
    Ok(conclude(&ended, candidate))
}

/// This version speaks to no server yet.
fn not_built(candidate: &Candidate) -> Failure {
    let message = format!("this version cannot run on `{}` yet", candidate.provider);
    Failure::refused("runtimes_not_built", message)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))
}

fn task<'a>(args: &Args, plan: &'a Plan, candidate: &'a Candidate) -> Result<Task<'a>, Failure> {
    let spec = plan.spec();
    let temperature = spec.model_policy.decoding.temperature;
    let sampling = Sampling {
        temperature: temperature.unwrap_or(TEMPERATURE_DEFAULT),
        top_p: Some(TOP_P_DEFAULT),
        seed: args.seed,
        ..Sampling::default()
    };
    let tokens_max = args.max_tokens.map_or(spec.tokens_out_max(), u64::from);
    Ok(Task {
        spec,
        candidate,
        messages: plan.messages.clone(),
        tools: tools(&spec.tools.native)?,
        sampling,
        tokens_max: usize::try_from(tokens_max).unwrap_or(usize::MAX),
        limits: Limits::of(spec, plan.usd_max),
    })
}

fn tools(names: &[String]) -> Result<Vec<ToolSpec>, Failure> {
    let known = |name: &String| {
        let tool = schema::native(name);
        let tool = tool
            .ok_or_else(|| Failure::usage("unknown_tool", format!("no tool is called `{name}`")))?;
        Ok(ToolSpec {
            name: tool.name.to_owned(),
            description: tool.description.to_owned(),
            parameters: tool.parameters,
        })
    };
    names.iter().map(known).collect()
}

/// Says that the built-in model answers, and how to get a capable one.
fn introduce(ctx: &Context, plan: &Plan, candidate: &Candidate) {
    if candidate.source != Source::Builtin {
        return;
    }
    let requires = &plan.spec().model_policy.capability_requirements;
    let pull = suggest(requires).map(|suggestion| {
        let size = suggestion.size;
        format!("; a capable one ({size}): `{}`", suggestion.command())
    });
    ctx.ui.note(&format!(
        "`{}`, the small built-in model, answers; it is for demonstration{}",
        candidate.id,
        pull.unwrap_or_default()
    ));
}

/// Whether the stop itself says that the store failed.
fn is_told(stop: &Stop) -> bool {
    matches!(stop, Stop::StoreFailed { .. })
}

fn conclude(ended: &agent::Outcome, candidate: &Candidate) -> Outcome {
    let failure = failure(&ended.stop);
    let document = RunDocument::ended(ended, candidate, failure.as_ref());
    let outcome = Outcome::streamed(&document);
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

/// Explains a stop that is none of the good ones.
fn failure(stop: &Stop) -> Option<Failure> {
    let kind = match stop.exit_code() {
        0 => return None,
        130 => Kind::Interrupted,
        4 => Kind::Backend,
        3 => Kind::Refused,
        _ => Kind::Failed,
    };
    Some(Failure::new(
        kind,
        stop.name(),
        stop.message().unwrap_or_default(),
    ))
}
