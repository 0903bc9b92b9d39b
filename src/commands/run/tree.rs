//! A supervisor and all agents below it, in this process.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::json;

use super::decide::{Crew, Plan};
use super::execute::{self, Execution};
use super::pool::Pool;
use super::run_wire::RunDocument;
use super::seal::{self, Closed};
use super::{Args, approve, show, task};
use crate::candidate::Source;
use crate::capabilities::PrivacyTier;
use crate::commands::{Context, store as run_store, toolbox};
use crate::failure::Failure;
use crate::store::{Entry, NewRun, Store};
use crate::supervise::{Branch, Equipping, Office, Report, Routing, Said, Standing, Tally};
use crate::ui::Outcome;

mod again;
mod edit;
mod notes;

pub(super) use again::resume;
pub(super) use edit::{edited, top};

/// Has the agents of `crew` work, each on the model that is chosen for it.
pub(super) fn run(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    crew: &Crew,
) -> Result<Outcome, Failure> {
    go(ctx, args, plan, crew, None)
}

/// A tree that an earlier process began.
struct Earlier<'a> {
    /// The runs there are.
    branch: &'a Branch,
    /// Where they stand.
    standing: &'a Standing,
}

fn go(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    crew: &Crew,
    earlier: Option<&Earlier<'_>>,
) -> Result<Outcome, Failure> {
    let execution = Execution::begin(ctx, args)?;
    let store = run_store::open(ctx)?;
    let closed = close(ctx, args, plan, crew, &store, earlier)?;
    let work = Work {
        plan,
        crew,
        closed: &closed,
        earlier,
    };
    let (report, tally) = work.run(&execution, Arc::clone(&store));
    run_store::prune(ctx, &store);
    conclude(ctx, &report, &tally, &closed)
}

/// Closes this process where the tree is sensitive; a tree that cannot be kept in does not run.
fn close(
    ctx: &Context,
    args: &Args,
    plan: &Plan,
    crew: &Crew,
    store: &Arc<Store>,
    earlier: Option<&Earlier<'_>>,
) -> Result<Closed, Failure> {
    if plan.tier() != PrivacyTier::Sensitive {
        return Ok(Closed::Open);
    }
    match Closed::close(ctx, args, &crew.models(), &plan.discovered.registry) {
        Ok(closed) => Ok(closed),
        Err(error) => {
            let decision = Entry::Decision(json!(plan.decision));
            let record = match earlier {
                Some(earlier) => {
                    store.reopen(&earlier.branch.run, &[Entry::Resumed, decision], None)?
                }
                None => store.begin(&new_run(args, plan), &[decision])?,
            };
            Err(seal::refuse(&record, error))
        }
    }
}

fn new_run(args: &Args, plan: &Plan) -> NewRun {
    NewRun {
        agent: plan.spec().name().to_owned(),
        agent_version: plan.spec().identity.version.clone(),
        project: args.project.clone(),
        privacy_tier: plan.tier().as_str(),
        ..NewRun::default()
    }
}

/// The work of a tree, and what it begins with.
struct Work<'a> {
    plan: &'a Plan,
    crew: &'a Crew,
    closed: &'a Closed,
    earlier: Option<&'a Earlier<'a>>,
}

impl Work<'_> {
    /// Returns how each agent gets its model: of what this process can still reach.
    fn routing(&self) -> Routing {
        let routing = self.plan.routing();
        if self.closed.is_in_process() {
            let candidates = &mut routing.registry.borrow_mut().candidates;
            candidates.retain(|row| row.source.is_in_process());
        }
        routing
    }

    /// Returns what the run at the top begins with, or goes on with.
    fn first(&self, args: &Args) -> Vec<Entry> {
        let task = self.earlier.is_none().then(|| {
            let mut task = task::record(args, self.plan);
            task["agents"] = again::specs(&self.crew.member);
            Entry::Task(task)
        });
        let sealed = self.closed.document().map(Entry::Seal);
        task.into_iter().chain(sealed).collect()
    }

    fn run(&self, execution: &Execution<'_>, store: Arc<Store>) -> (Report, Tally) {
        let (ctx, args, plan) = (execution.ctx, execution.args, self.plan);
        let (approver, mut questions) = approve::approver(ctx, args);
        let pool = Pool::new(execution.opener(plan));
        let project = args.project.as_deref();
        let before = self.earlier.map(|earlier| earlier.branch.tally());
        let office = Office {
            store,
            project: args.project.clone(),
            routing: self.routing(),
            at_once: ctx.config.max_parallel_children,
            tokens_max: plan.tokens_max,
            sampling: &|spec| task::sampling(args, spec),
            open: &|candidate| pool.open(candidate),
            tools: &|spec, cancel| -> Equipping<'_> {
                let approver = approver.clone();
                Box::pin(async move {
                    let opened =
                        toolbox::open(ctx, &spec, spec.tier(), project, approver, &cancel).await;
                    opened.map_err(|failure| failure.sentence())
                })
            },
            say: &|said: &Said<'_>| notes::say(ctx, said),
            first: self.first(args),
            tally: RefCell::new(before.unwrap_or_default()),
        };
        introduce(ctx, self.crew);
        let standing = self.earlier.map(|earlier| earlier.standing);
        let (top, inputs) = (&self.crew.member, plan.inputs.clone());
        let working = office.run(top, standing, inputs, &execution.cancel, plan.usd_max);
        let report = execution.runtime.block_on(async {
            tokio::pin!(working);
            tokio::select! {
                report = &mut working => report,
                // Nobody answers any more: what is asked from now on is refused.
                () = questions.ask(ctx) => working.await,
            }
        });
        (report, office.tally.take())
    }
}

/// Says where the built-in model answers, and what to pull for the agent that asks the most.
fn introduce(ctx: &Context, crew: &Crew) {
    let mut models = crew.asked.iter().map(|(_, model)| model);
    let builtin = models.find(|model| model.source == Source::Builtin);
    let specs = crew
        .member
        .all()
        .into_iter()
        .map(|member| &member.found.spec);
    let demanding = specs.max_by_key(|spec| spec.model_policy.capability_requirements.len());
    if let (Some(model), Some(spec)) = (builtin, demanding) {
        execute::introduce(ctx, spec, model);
    }
}

/// Shows what the tree gives back, and says how it ended.
fn conclude(
    ctx: &Context,
    report: &Report,
    tally: &Tally,
    closed: &Closed,
) -> Result<Outcome, Failure> {
    if !report.output.is_empty() {
        let mut answer = ctx.ui.answer();
        answer.text(&report.output)?;
        answer.finish()?;
    }
    let models: Vec<&str> = tally
        .models()
        .iter()
        .map(|model| model.id.as_str())
        .collect();
    let models = if models.is_empty() {
        "no model".to_owned()
    } else {
        models.join(", ")
    };
    ctx.ui.note(&show::closing_line(ctx, tally.usd(), &models));
    let failure = execute::failure(&report.stop);
    let elapsed_ms = ctx.ui.elapsed_ms() as u64;
    let document = RunDocument::tree(report, tally, elapsed_ms, failure.as_ref()).closed(closed);
    let outcome = Outcome::streamed(&document);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}
