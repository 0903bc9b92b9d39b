//! What follows when a model failed before it said anything: the router decides again.

use super::decide::Plan;
use crate::agent::{self, Unanswered};
use crate::candidate::Candidate;
use crate::commands::Context;
use crate::router::Outcome as Chosen;
use crate::store::Run;

/// What follows.
pub(super) enum Next {
    /// The run goes on as the plan's new decision says, which is on disk.
    Run(Run),
    /// The run is over for what the last model said.
    End(agent::Outcome),
}

/// Decides again and writes the decision down.
pub(super) fn next(
    ctx: &Context,
    plan: &mut Plan,
    unanswered: Unanswered,
    failed: &Candidate,
) -> Next {
    plan.decide_again(failed);
    let next = plan.decision.candidate(&plan.discovered.registry);
    let Unanswered { mut record, error } = unanswered;
    let written = agent::hand_over(&mut record, failed, &error, &plan.decision, next);
    let (failed, provider) = (&failed.id, &failed.provider);
    match (&plan.decision.outcome, written) {
        // Nothing may be sent to a model whose decision is not on disk.
        (_, Err(unwritten)) => {
            ctx.ui.warn(&format!("another model is not tried: {unwritten}"));
        }
        (Chosen::Refused(_), Ok(())) => {}
        (Chosen::Hosted, Ok(())) => {
            ctx.ui.warn(&format!(
                "`{failed}` of `{provider}` failed and the hosted plane runs the agent: {error}"
            ));
            return Next::Run(record);
        }
        (Chosen::Local { candidate_id, provider: other, .. }, Ok(())) => {
            ctx.ui.warn(&format!(
                "`{failed}` of `{provider}` failed and `{candidate_id}` of `{other}` is asked: {error}"
            ));
            return Next::Run(record);
        }
    }
    Next::End(Unanswered { record, error }.end())
}
