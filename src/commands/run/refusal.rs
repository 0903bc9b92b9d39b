//! A run that no model may answer: written down, then explained.

use super::Args;
use super::decide::Plan;
use super::run_wire::RunDocument;
use crate::agent;
use crate::commands::{Context, agents, store};
use crate::failure::{Failure, Kind};
use crate::router::{Refusal, RefusalCode};
use crate::ui::{Outcome, Page};

/// How many unusable checkpoints are said in hints.
const UNAVAILABLE_SHOWN_MAX: usize = 3;

/// Writes the refusal down and returns it as the outcome.
pub(super) fn conclude(ctx: &Context, args: &Args, plan: &Plan, refused: &Refusal) -> Outcome {
    let project = args.project.as_deref();
    let written = store::open(ctx).and_then(|store| {
        let reason = &refused.reason;
        Ok(agent::refuse(
            &store,
            plan.spec(),
            &plan.decision,
            reason,
            project,
        )?)
    });
    // A refusal stands whether or not it can be written down.
    let run_id = match written {
        Ok(id) => Some(id.to_string()),
        Err(error) => {
            ctx.ui.warn(&error.sentence());
            None
        }
    };
    outcome(ctx, args, plan, refused, run_id)
}

/// Returns a refusal that is written down as the run `run_id`.
pub(super) fn outcome(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    refused: &Refusal,
    run_id: Option<String>,
) -> Outcome {
    let failure = failure(plan, refused);
    let elapsed_ms = ctx.ui.elapsed_ms() as u64;
    let document = RunDocument::refused(args.route.as_str(), run_id, elapsed_ms, &failure);
    Outcome::new(&document, Page::new()).failing(failure)
}

/// Turns a refusal into a failure with every candidate's fate.
pub(super) fn failure(plan: &Plan, refused: &Refusal) -> Failure {
    let failure = Failure {
        kind: kind(refused.code),
        ..agents::refused(refused, &plan.decision.trace)
    };
    let unavailable = &plan.discovered.registry.unavailable;
    let shown = unavailable.iter().take(UNAVAILABLE_SHOWN_MAX);
    let failure = shown.fold(failure, |failure, row| {
        failure.hint(format!("not usable: `{}`: {}", row.what, row.reason))
    });
    match unavailable.len().saturating_sub(UNAVAILABLE_SHOWN_MAX) {
        0 => failure,
        more => failure.hint(format!(
            "{more} more are not usable, `aldo models ls` says why"
        )),
    }
}

/// What the user typed wrongly is usage; what policy forbids or nothing serves is a refusal.
fn kind(code: RefusalCode) -> Kind {
    match code {
        RefusalCode::PrivacyTierUnroutable
        | RefusalCode::NoEligibleModel
        | RefusalCode::HostedOffline
        | RefusalCode::HostedNotBuilt => Kind::Refused,
        RefusalCode::ModelNotFound
        | RefusalCode::HostedTokenMissing
        | RefusalCode::HostedModelPinned => Kind::Usage,
    }
}
