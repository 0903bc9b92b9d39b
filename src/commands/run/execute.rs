//! The run itself: the decision on disk, the backend, the loop, the closing line.

use aldo_backends::EngineOptions;
use tokio::runtime::{Builder, Runtime};

use super::decide::Plan;
use super::run_wire::RunDocument;
use super::seal::Closed;
use super::{Args, failover, hosted, interrupt, show, task};
use crate::agent::{self, Attempt, Cancel, Stop};
use crate::candidate::{Candidate, Source};
use crate::commands::backend::Opener;
use crate::commands::{Context, store};
use crate::failure::Failure;
use crate::router::suggest;
use crate::store::Run;
use crate::ui::Outcome;
use failover::{Lost, Next};

/// What all attempts of one run share.
pub(super) struct Execution<'a> {
    pub(super) ctx: &'a Context<'a>,
    pub(super) args: &'a Args,
    pub(super) cancel: Cancel,
    pub(super) runtime: Runtime,
}

/// Runs the agent on the model that was chosen and, where that fails before it says anything, as the
/// router decides next.
pub(super) fn run(ctx: &Context, args: &Args, mut plan: Plan) -> Result<Outcome, Failure> {
    let mut candidate = plan.chosen();
    // What is wrong with the agent itself is said before a run is written down.
    task::of(args, &plan, &candidate)?;
    let execution = Execution::begin(ctx, args)?;
    let mut record = agent::begin(
        &store::open(ctx)?,
        plan.spec(),
        &candidate,
        &plan.decision,
        &plan.messages,
        args.project.as_deref(),
    )?;
    let mut closed = Closed::Open;
    loop {
        closed = closed.close_for(ctx, args, &plan, &candidate, &mut record)?;
        introduce(ctx, &plan, &candidate);
        let lost = match execution.attempt(&plan, &candidate, record)? {
            Tried::Ended(ended) => return Ok(conclude(ctx, &ended, &candidate, &closed, None)),
            Tried::Lost(lost) => *lost,
        };
        match failover::next(ctx, args, &mut plan, lost, &candidate) {
            Next::Model(again) => record = *again,
            Next::Hosted(record) => return hosted::carry_on(&execution, &plan, *record),
            Next::Failed(ended, fix) => return Ok(conclude(ctx, &ended, &candidate, &closed, fix)),
            Next::Refused(outcome) => return Ok(*outcome),
        }
        candidate = plan.chosen();
    }
}

/// What came of one model.
enum Tried {
    /// The run is over and written down.
    Ended(Box<agent::Outcome>),
    /// The model gave nothing, and the run goes on elsewhere or ends.
    Lost(Box<Lost>),
}

impl<'a> Execution<'a> {
    /// Begins to listen for the user's wish to stop.
    pub(super) fn begin(ctx: &'a Context<'a>, args: &'a Args) -> Result<Self, Failure> {
        let cancel = Cancel::new();
        interrupt::listen(cancel.clone())?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))?;
        Ok(Self {
            ctx,
            args,
            cancel,
            runtime,
        })
    }

    /// Gives the run to one model.
    fn attempt(&self, plan: &Plan, candidate: &Candidate, record: Run) -> Result<Tried, Failure> {
        let task = task::of(self.args, plan, candidate)?;
        let opened = self.runtime.block_on(self.opener(plan).open(candidate));
        let backend = match opened {
            Ok(backend) => backend,
            Err(error) => return Ok(Tried::Lost(Box::new(Lost::not_opened(record, error)))),
        };
        let mut answer = self.ctx.ui.answer();
        let mut unwritten = None;
        let mut show = |event: &_| show::event(&mut answer, event, &mut unwritten);
        let running = agent::run(&task, backend.as_ref(), record, &self.cancel, &mut show);
        let attempt = self.runtime.block_on(running);
        answer.finish()?;
        match (attempt, unwritten) {
            (Attempt::Ended(ended), Some(failure)) if ended.stop == Stop::OutputClosed => {
                Err(failure)
            }
            (Attempt::Ended(ended), _) => Ok(Tried::Ended(ended)),
            (Attempt::Unanswered(unanswered), _) => {
                Ok(Tried::Lost(Box::new(Lost::Unanswered(unanswered))))
            }
        }
    }

    fn opener(&self, plan: &'a Plan) -> Opener<'a> {
        Opener {
            discovered: &plan.discovered,
            tier: plan.tier(),
            offline: self.ctx.config.offline,
            environment: &self.ctx.environment,
            engine: EngineOptions {
                device: self.args.device,
                threads: self.args.threads.map(usize::from),
                quantize: self.args.quantize,
                ..EngineOptions::default()
            },
        }
    }
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

/// Says how the run ended: the closing line, and the document or the failure with `fix` as its hint.
fn conclude(
    ctx: &Context,
    ended: &agent::Outcome,
    candidate: &Candidate,
    closed: &Closed,
    fix: Option<String>,
) -> Outcome {
    ctx.ui
        .note(&show::closing_line(ctx, ended.usd, &candidate.id));
    if let (Some(error), false) = (&ended.store_error, is_told(&ended.stop)) {
        ctx.ui.warn(&format!(
            "the end of this run could not be written down: {error}"
        ));
    }
    let failure = failure(&ended.stop);
    let failure = match (failure, fix) {
        (Some(failure), Some(fix)) => Some(failure.hint(fix)),
        (failure, _) => failure,
    };
    let document = RunDocument::ended(ended, candidate, failure.as_ref()).closed(closed);
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
