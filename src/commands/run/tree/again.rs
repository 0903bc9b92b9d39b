//! Going on with a tree of agents from the store: those that are done keep what they wrote, those that
//! were cut off go on from their last whole step, and the others work as they would have.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::super::again::{refused, typed_then};
use super::super::decide::{Plan, first_messages};
use super::super::{Args, refusal};
use super::{Earlier, go};
use crate::capabilities::PrivacyTier;
use crate::commands::{Context, crew, store};
use crate::failure::Failure;
use crate::router::Outcome as Chosen;
use crate::spec::Found;
use crate::store::{Events, RunRecord};
use crate::supervise::{Branch, Member, NotContinued, Standing};
use crate::ui::Outcome;

/// Goes on with the tree below `run`, the run of the supervisor `found`.
pub(in crate::commands::run) fn resume(
    ctx: &Context,
    args: &Args,
    run: &RunRecord,
    events: &Events,
    found: Found,
) -> Result<Outcome, Failure> {
    let then = typed_then(events).cloned().unwrap_or_default();
    let member = gathered(ctx, found, &then, run)?;
    let branch = Branch::read(store::open(ctx)?.as_ref(), run.clone(), events.clone())?;
    let standing = Standing::of(&branch, &member)?;
    let plan = plan(ctx, args, member, &standing, then["inputs"].clone())?;
    let Some(crew) = &plan.crew else {
        return match &plan.decision.outcome {
            Chosen::Refused(reason) => {
                let id = Some(run.id.clone());
                Ok(refusal::outcome(ctx, args, &plan, reason, id))
            }
            Chosen::Local { .. } | Chosen::Hosted => not_here(),
        };
    };
    let earlier = Earlier {
        branch: &branch,
        standing: &standing,
    };
    go(ctx, args, &plan, crew, Some(&earlier))
}

/// Gathers the agents of a tree as their specs are now, at the tier the tree had or a higher one.
pub(super) fn gathered(
    ctx: &Context,
    found: Found,
    then: &Value,
    run: &RunRecord,
) -> Result<Member, Failure> {
    let mut member = crew::gather(ctx, found)?;
    warn_of_changes(ctx, &member, then);
    // A word nobody knows could be a higher tier than any.
    let tier = PrivacyTier::from_str(&run.privacy_tier).unwrap_or(PrivacyTier::Sensitive);
    member.raise_to(tier.max(member.found.spec.tier()));
    Ok(member)
}

/// Decides which models go on with those that are not done.
pub(super) fn plan(
    ctx: &Context,
    args: &Args,
    member: Member,
    standing: &Standing,
    inputs: Value,
) -> Result<Plan, Failure> {
    let messages = first_messages(&member.found.spec, &inputs)?;
    let mut plan = Plan::of(ctx, args, member.found.clone(), inputs, messages)?;
    plan.decide_for(member, Some(standing));
    Ok(plan)
}

/// A tree that goes on stays here, so that what is not served here is refused by name before this.
pub(super) fn not_here() -> Result<Outcome, Failure> {
    Err(refused("no model here goes on with this run"))
}

/// Returns the specs of those below a supervisor, by name.
pub(super) fn specs(member: &Member) -> Value {
    let below = member.all().into_iter().skip(1);
    let specs = below.map(|one| (one.name().to_owned(), json!(one.found.spec)));
    Value::Object(specs.collect::<Map<String, Value>>())
}

/// Says which specs are not those the run began with.
fn warn_of_changes(ctx: &Context, member: &Member, then: &Value) {
    let mut told = Vec::new();
    for (at, one) in member.all().into_iter().enumerate() {
        let before = match at {
            0 => &then["spec"],
            _ => &then["agents"][one.name()],
        };
        if before.is_null() || *before == json!(one.found.spec) || told.contains(&one.name()) {
            continue;
        }
        told.push(one.name());
        ctx.ui.warn(&format!(
            "the spec of `{}` has changed since this run began; it goes on with the new one",
            one.name()
        ));
    }
}

impl From<NotContinued> for Failure {
    fn from(error: NotContinued) -> Self {
        let hint = match &error {
            NotContinued::Changed { .. } => {
                "bring the spec back, or run it anew; `aldo runs show` has what its agents wrote so far"
            }
            NotContinued::Run { .. } => {
                "run it anew; `aldo runs show` has what its agents wrote so far"
            }
        };
        Self::usage("not_resumable", error.to_string()).hint(hint)
    }
}
