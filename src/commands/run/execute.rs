//! The run itself: the decision on disk, the backend, the loop, the closing line.

use std::sync::Arc;

use aldo_backends::{EngineOptions, Timeouts};
use tokio::runtime::{Builder, Runtime};

use super::decide::Plan;
use super::run_wire::RunDocument;
use super::seal::Closed;
use super::{Args, approve, failover, hosted, interrupt, show, task};
use crate::agent::{self, Attempt, Cancel, Start, Stop};
use crate::candidate::{Candidate, Source};
use crate::commands::backend::Opener;
use crate::commands::{Context, store as run_store, toolbox};
use crate::failure::Failure;
use crate::router::suggest;
use crate::spec::AgentSpec;
use crate::store::Run;
use crate::tools::Toolbox;
use crate::ui::Outcome;
use failover::{Lost, Next};

/// What all attempts of one run share.
pub(super) struct Execution<'a> {
    pub(super) ctx: &'a Context<'a>,
    pub(super) args: &'a Args,
    pub(super) cancel: Cancel,
    pub(super) runtime: Runtime,
}

/// What an agent of a run works with, whatever model answers it.
pub(super) struct Kit {
    toolbox: Toolbox,
    questions: approve::Questions,
    /// Where the conversation stands.
    start: Start,
}

/// Runs the agent on the model that was chosen and, where that fails before it says anything, as the
/// router decides next.
pub(super) fn run(ctx: &Context, args: &Args, plan: Plan) -> Result<Outcome, Failure> {
    let execution = Execution::begin(ctx, args)?;
    // What is wrong with the agent or its folders is said before a run is written down.
    let kit = execution.kit(&plan, Start::new(plan.messages.clone()))?;
    let record = agent::begin(
        &run_store::open(ctx)?,
        plan.spec(),
        &plan.chosen(),
        &plan.decision,
        task::record(args, &plan),
        &plan.messages,
        args.project.as_deref(),
    )?;
    execution.go(plan, kit, record)
}

/// Goes on with a run that is written down as `record`, from where `start` says it stands.
pub(super) fn carry_on(
    execution: &Execution<'_>,
    plan: Plan,
    start: Start,
    reopen: impl FnOnce(&Plan) -> Result<Run, Failure>,
) -> Result<Outcome, Failure> {
    let kit = execution.kit(&plan, start)?;
    let record = reopen(&plan)?;
    execution.go(plan, kit, record)
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

    /// Opens what the agent of `plan` works with.
    pub(super) fn kit(&self, plan: &Plan, start: Start) -> Result<Kit, Failure> {
        let (approver, mut questions) = approve::approver(self.ctx, self.args);
        let opening = toolbox::open(
            self.ctx,
            plan.spec(),
            plan.tier(),
            self.args.project.as_deref(),
            approver,
            &self.cancel,
        );
        let toolbox = self.runtime.block_on(questions.until(self.ctx, opening))?;
        Ok(Kit {
            toolbox,
            questions,
            start,
        })
    }

    /// Goes on with a run whose decision is on disk, to its end.
    pub(super) fn go(
        &self,
        mut plan: Plan,
        mut kit: Kit,
        mut record: Run,
    ) -> Result<Outcome, Failure> {
        let (ctx, args) = (self.ctx, self.args);
        let store = Arc::clone(record.store());
        let mut candidate = plan.chosen();
        let mut closed = Closed::Open;
        loop {
            closed = closed.close_for(ctx, args, &plan, &candidate, &mut record)?;
            introduce(ctx, plan.spec(), &candidate);
            let lost = match self.attempt(&plan, &candidate, &mut kit, record)? {
                Tried::Ended(ended) => {
                    run_store::prune(ctx, &store);
                    return Ok(conclude(ctx, &ended, &candidate, &closed, None));
                }
                Tried::Lost(lost) => *lost,
            };
            match failover::next(ctx, args, &mut plan, lost, &candidate) {
                Next::Model(again) => record = *again,
                Next::Hosted(record) => return hosted::carry_on(self, &plan, *record),
                Next::Failed(ended, fix) => {
                    return Ok(conclude(ctx, &ended, &candidate, &closed, fix));
                }
                Next::Refused(outcome) => return Ok(*outcome),
            }
            candidate = plan.chosen();
        }
    }

    /// Gives the run to one model.
    fn attempt(
        &self,
        plan: &Plan,
        candidate: &Candidate,
        kit: &mut Kit,
        record: Run,
    ) -> Result<Tried, Failure> {
        let task = task::of(self.args, plan, candidate, &kit.toolbox, &kit.start);
        let opened = self.runtime.block_on(self.opener(plan).open(candidate));
        let backend = match opened {
            Ok(backend) => backend,
            Err(error) => return Ok(Tried::Lost(Box::new(Lost::not_opened(record, error)))),
        };
        let mut answer = self.ctx.ui.answer();
        let mut unwritten = None;
        let mut show =
            |shown: &agent::Shown<'_>| show::happening(&mut answer, shown, &mut unwritten);
        let questions = &mut kit.questions;
        let attempt = self.runtime.block_on(async {
            let running = agent::run(&task, backend.as_ref(), record, &self.cancel, &mut show);
            tokio::pin!(running);
            tokio::select! {
                attempt = &mut running => attempt,
                // Nobody answers any more: what is asked from now on is refused.
                () = questions.ask(self.ctx) => running.await,
            }
        });
        answer.finish()?;
        match (attempt, unwritten) {
            (Attempt::Ended(ended), Some(failure)) if ended.stop == Stop::OutputClosed => {
                Err(failure)
            }
            (Attempt::Ended(ended), _) => Ok(Tried::Ended(ended)),
            (Attempt::Spoken(spoken), _) => Ok(Tried::Ended(Box::new(spoken.end()))),
            (Attempt::Unanswered(unanswered), _) => {
                Ok(Tried::Lost(Box::new(Lost::Unanswered(unanswered))))
            }
        }
    }

    pub(super) fn opener(&self, plan: &'a Plan) -> Opener<'a> {
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
            timeouts: Timeouts::default(),
        }
    }
}

/// Says that the built-in model answers, and how to get a capable one.
pub(super) fn introduce(ctx: &Context, spec: &AgentSpec, candidate: &Candidate) {
    if candidate.source != Source::Builtin {
        return;
    }
    let requires = &spec.model_policy.capability_requirements;
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
pub(super) fn failure(stop: &Stop) -> Option<Failure> {
    let message = stop.message().unwrap_or_default();
    Some(Failure::new(stop.kind()?, stop.name(), message))
}
