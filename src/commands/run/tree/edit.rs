//! Running on from a message of a tree that was changed: what does not follow from it stays, the rest works
//! again, as a tree of its own.

use serde_json::Value;

use super::super::again::{Again, Changed, kept, typed_then};
use super::super::{Args, refusal, task};
use super::again::{gathered, plan, specs};
use super::{Earlier, go};
use crate::candidate::Locality;
use crate::commands::{Context, agents, store};
use crate::failure::Failure;
use crate::router::Outcome as Chosen;
use crate::store::{Copied, Entry, Events, NewRun, RunId, RunRecord, Store, StoreError, Which};
use crate::supervise::{Branch, Edit, Standing};
use crate::ui::Outcome;

/// Runs on from `run`, in which `events` happened, with one message `changed`.
pub(in crate::commands::run) fn edited(
    ctx: &Context,
    run: &RunRecord,
    events: &Events,
    changed: &Changed<'_>,
    typed: &Again,
) -> Result<Outcome, Failure> {
    let store = store::open(ctx)?;
    let top = top(&store, run)?;
    let branch = Branch::read(&store, top.clone(), store.events(&top)?)?;
    let args = Args::again(&branch.events, &top, typed)?;
    let then = typed_then(&branch.events).cloned().unwrap_or_default();
    let member = gathered(ctx, agents::find(ctx, &args.agent)?, &then, &top)?;
    let edit = Edit {
        run: run.id.clone(),
        seq: changed.seq,
        kept: kept(events, changed)?,
    };
    let forked = branch.edited(&member, &edit).filter(|_| was_asked(events));
    let Some(mut forked) = forked else {
        let message = format!("`{}` asked no model in this run", run.agent);
        let hint = "change what one of its agents was told; `aldo runs show` lists their runs";
        return Err(Failure::usage("not_editable", message).hint(hint));
    };
    let standing = Standing::of(&forked, &member)?;
    let plan = plan(ctx, &args, member, &standing, then["inputs"].clone())?;
    let Some(crew) = &plan.crew else {
        return Ok(match &plan.decision.outcome {
            Chosen::Refused(reason) => refusal::conclude(ctx, &args, &plan, reason),
            Chosen::Local { .. } | Chosen::Hosted => super::again::not_here()?,
        });
    };
    let mut record = task::record(&args, &plan);
    record["agents"] = specs(&crew.member);
    retyped(&mut forked, &record);
    store.copy(&copies(&forked, plan.tier().as_str(), &args))?;
    // As it is in the store, so that nothing rests on what is only in memory.
    let top = store.find(&Which::Id(forked.run.id.clone()))?;
    let events = store.events(&top)?;
    let branch = Branch::read(&store, top, events)?;
    let standing = Standing::of(&branch, &crew.member)?;
    let earlier = Earlier {
        branch: &branch,
        standing: &standing,
    };
    go(ctx, &args, &plan, crew, Some(&earlier))
}

/// Finds the run at the top of the tree that `run` is in.
pub(in crate::commands::run) fn top(
    store: &Store,
    run: &RunRecord,
) -> Result<RunRecord, StoreError> {
    let mut top = run.clone();
    while let Some(parent) = top.parent.clone() {
        top = store.find(&Which::Id(parent))?;
    }
    Ok(top)
}

/// Whether a model was given the messages of a run.
fn was_asked(events: &Events) -> bool {
    events.of_kind("decision").next().is_some()
}

/// Writes what is typed now in the place of what was typed then.
fn retyped(branch: &mut Branch, task: &Value) {
    let mut events = branch.events.events.iter_mut();
    if let Some(event) = events.find(|event| event.kind == "task") {
        event.body = task.clone();
    }
}

/// Returns the runs of a tree as they are to be written, each before those it starts.
fn copies(branch: &Branch, tier: &'static str, args: &Args) -> Vec<Copied> {
    let run = &branch.run;
    let locality = run.locality.as_deref().and_then(Locality::of_word);
    let entries = branch.events.events.iter().map(|event| Entry::Kept {
        kind: event.kind.clone(),
        body: event.body.clone(),
    });
    // An id of this process's own making is one.
    let copied = RunId::parse(&run.id).map(|id| Copied {
        id,
        new: NewRun {
            agent: run.agent.clone(),
            agent_version: run.agent_version.clone(),
            project: args.project.clone(),
            privacy_tier: tier,
            model: run.model.clone(),
            provider: run.provider.clone(),
            locality: locality.map(Locality::as_str),
            parent: run.parent.as_deref().and_then(RunId::parse),
            origin: run.origin.clone(),
        },
        status: run.status,
        stop: run.stop.clone(),
        entries: entries.collect(),
    });
    let below = branch
        .below
        .iter()
        .flat_map(|below| copies(below, tier, args));
    copied.into_iter().chain(below).collect()
}
