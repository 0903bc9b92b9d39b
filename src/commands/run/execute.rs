//! The run itself: the decision on disk, the backend, the loop, the closing line.

use aldo_backends::EngineOptions;
use tokio::runtime::{Builder, Runtime};

use super::decide::Plan;
use super::run_wire::RunDocument;
use super::{Args, failover, interrupt, show, task};
use crate::agent::{self, Attempt, Cancel, Stop, Unanswered};
use crate::candidate::{Candidate, Source};
use crate::commands::backend::Opener;
use crate::commands::{Context, store};
use crate::failure::Failure;
use crate::router::suggest;
use crate::store::Run;
use crate::ui::{Answer, Outcome};

/// Runs the agent on the model that was chosen and, where that fails before it says anything, on the
/// one the router chooses next.
pub(super) fn run(ctx: &Context, args: &Args, mut plan: Plan) -> Result<Outcome, Failure> {
    let mut candidate = chosen(&plan);
    // What is wrong with the agent itself is said before a run is written down.
    task::of(args, &plan, &candidate)?;
    let cancel = Cancel::new();
    interrupt::listen(cancel.clone())?;
    let store = store::open(ctx)?;
    let mut record = agent::begin(
        &store,
        plan.spec(),
        &candidate,
        &plan.decision,
        &plan.messages,
        args.project.as_deref(),
    )?;
    let runtime = runtime()?;
    loop {
        introduce(ctx, &plan, &candidate);
        let unanswered = match attempt(ctx, args, &plan, &candidate, record, &cancel, &runtime)? {
            Attempt::Ended(ended) => return Ok(conclude(ctx, &ended, &candidate)),
            Attempt::Unanswered(unanswered) => unanswered,
        };
        match failover::next(ctx, &mut plan, unanswered, &candidate) {
            failover::Next::Run(again) => record = again,
            failover::Next::End(ended) => return Ok(conclude(ctx, &ended, &candidate)),
        }
        candidate = chosen(&plan);
    }
}

fn chosen(plan: &Plan) -> Candidate {
    let chosen = plan.decision.candidate(&plan.discovered.registry);
    chosen
        .expect("this is called for a choice, and a choice names a row")
        .clone()
}

/// Gives the run to one model.
fn attempt(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    candidate: &Candidate,
    record: Run,
    cancel: &Cancel,
    runtime: &Runtime,
) -> Result<Attempt, Failure> {
    let task = task::of(args, plan, candidate)?;
    let opener = Opener {
        discovered: &plan.discovered,
        engine: EngineOptions {
            device: args.device,
            threads: args.threads.map(usize::from),
            ..EngineOptions::default()
        },
    };
    let backend = match opener.open(candidate) {
        Ok(backend) => backend,
        Err(error) => return Ok(Attempt::Unanswered(Unanswered { record, error })),
    };
    let mut answer: Answer<'_> = ctx.ui.answer();
    let mut unwritten = None;
    let attempt = runtime.block_on(agent::run(
        &task,
        backend.as_ref(),
        record,
        cancel,
        &mut |event| show::event(&mut answer, event, &mut unwritten),
    ));
    answer.finish()?;
    match (&attempt, unwritten) {
        (Attempt::Ended(ended), Some(failure)) if ended.stop == Stop::OutputClosed => Err(failure),
        (Attempt::Ended(_) | Attempt::Unanswered(_), _) => Ok(attempt),
    }
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))
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

/// Says how the run ended: the closing line, and the document or the failure.
fn conclude(ctx: &Context, ended: &agent::Outcome, candidate: &Candidate) -> Outcome {
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
    let failure = failure(&ended.stop);
    let document = RunDocument::ended(ended, candidate, failure.as_ref());
    let outcome = Outcome::streamed(&document);
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

/// Whether the stop itself says that the store failed.
fn is_told(stop: &Stop) -> bool {
    matches!(stop, Stop::StoreFailed { .. })
}

/// Explains a stop that is none of the good ones.
fn failure(stop: &Stop) -> Option<Failure> {
    let message = stop.message().unwrap_or_default();
    Some(Failure::new(stop.kind()?, stop.name(), message))
}
