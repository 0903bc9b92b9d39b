//! What follows when a model gave nothing: the router decides again, with what is known now.

use aldo_backends::BackendError;

use super::decide::Plan;
use super::{Args, refusal};
use crate::agent::{self, Stop, Unanswered};
use crate::candidate::{Candidate, Locality};
use crate::commands::Context;
use crate::commands::backend::NotOpened;
use crate::router::Outcome as Chosen;
use crate::store::Run;
use crate::ui::Outcome;

/// A run that is left without a model.
pub(super) enum Lost {
    /// The model failed before it said anything, or cannot be opened.
    Unanswered(Unanswered),
    /// The run is sensitive, and the model turned out not to be computed on this machine.
    NotLocal {
        /// The run.
        record: Run,
        /// Why it is not local.
        reason: String,
    },
}

/// What follows.
pub(super) enum Next {
    /// The run goes on with the model of the plan's new decision, which is on disk.
    Model(Box<Run>),
    /// The run goes on on the hosted plane; that decision is on disk.
    Hosted(Box<Run>),
    /// The run is over for what the last model said; with what the router would have changed.
    Failed(Box<agent::Outcome>, Option<String>),
    /// The run is over: no model may answer.
    Refused(Box<Outcome>),
}

impl Lost {
    /// Sorts why a model was not opened.
    pub(super) fn not_opened(record: Run, error: NotOpened) -> Self {
        match error {
            NotOpened::Backend(error) => Self::Unanswered(Unanswered { record, error }),
            NotOpened::NotLocal(not_local) => Self::NotLocal {
                record,
                reason: not_local.to_string(),
            },
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Unanswered(unanswered) => unanswered.error.to_string(),
            Self::NotLocal { reason, .. } => reason.clone(),
        }
    }

    fn record(&mut self) -> &mut Run {
        match self {
            Self::Unanswered(unanswered) => &mut unanswered.record,
            Self::NotLocal { record, .. } => record,
        }
    }

    fn into_record(self) -> Run {
        match self {
            Self::Unanswered(unanswered) => unanswered.record,
            Self::NotLocal { record, .. } => record,
        }
    }
}

/// Decides again and writes the decision down.
pub(super) fn next(
    ctx: &Context,
    args: &Args,
    plan: &mut Plan,
    mut lost: Lost,
    failed: &Candidate,
) -> Next {
    let reason = lost.reason();
    match &lost {
        // Where text may not go, nothing else is tried: something is wrong below the router.
        Lost::Unanswered(unanswered) if is_forbidden(&unanswered.error) => return end(lost, None),
        Lost::Unanswered(_) => plan.decide_again(failed, |row| row.unhealthy = true),
        Lost::NotLocal { .. } => {
            plan.decide_again(failed, |row| row.locality = Locality::Cloud);
        }
    }
    let next = plan.decision.candidate(&plan.discovered.registry);
    let written = agent::hand_over(lost.record(), failed, &reason, &plan.decision, next);
    if let Err(unwritten) = written {
        // Nothing may be sent to a model whose decision is not on disk.
        ctx.ui
            .warn(&format!("no other model is tried: {unwritten}"));
        return end(lost, None);
    }
    let failed = format!("`{}` of `{}` gives no answer", failed.id, failed.provider);
    match &plan.decision.outcome {
        Chosen::Local {
            candidate_id,
            provider,
            ..
        } => {
            ctx.ui.warn(&format!(
                "{failed}, `{candidate_id}` of `{provider}` is asked: {reason}"
            ));
            Next::Model(Box::new(lost.into_record()))
        }
        Chosen::Hosted => {
            ctx.ui
                .warn(&format!("{failed}, the hosted plane is asked: {reason}"));
            Next::Hosted(Box::new(lost.into_record()))
        }
        Chosen::Refused(refused) => match lost {
            Lost::Unanswered(_) => end(lost, Some(refused.fix.clone())),
            Lost::NotLocal { record, reason } => {
                let stop = Stop::Refused { reason };
                let written = record.finish(&[], None, &stop.ending());
                if let Err(unwritten) = written {
                    ctx.ui.warn(&unwritten.to_string());
                }
                let run = Some(record.id().to_string());
                Next::Refused(Box::new(refusal::outcome(ctx, args, plan, refused, run)))
            }
        },
    }
}

/// Ends the run for what the last model said.
fn end(lost: Lost, fix: Option<String>) -> Next {
    let outcome = match lost {
        Lost::Unanswered(unanswered) => unanswered.end(),
        Lost::NotLocal { record, reason } => agent::end(&record, Stop::Refused { reason }),
    };
    Next::Failed(Box::new(outcome), fix)
}

fn is_forbidden(error: &BackendError) -> bool {
    matches!(error, BackendError::Privacy(_))
}
