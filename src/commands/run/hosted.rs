//! The same run on the hosted plane: the decision on disk, the wait, the record, the closing line.

use aldo_backends::{Message, Usage};
use serde_json::{Value, json};

use super::Args;
use super::decide::Plan;
use super::execute::Execution;
use super::run_wire::RunDocument;
use super::show;
use crate::agent::{self, Stop};
use crate::commands::{Context, access, store};
use crate::failure::{Failure, Kind};
use crate::hosted::{End, Finished, Hosted, HostedError, HostedTier, Notice, Order, Pace};
use crate::spec::Origin;
use crate::store::{Ending, Entry, Run, ServedBy, Status, StepUsage, StoreError};
use crate::ui::Outcome;

/// The model of the closing line where the plane names none.
const UNNAMED: &str = "hosted";

/// Runs the agent on the hosted plane.
pub(super) fn run(ctx: &Context, args: &Args, plan: &Plan) -> Result<Outcome, Failure> {
    let (client, order) = (client(ctx, plan)?, order(args, plan));
    warn_of_the_cap(ctx, plan);
    let execution = Execution::begin(ctx, args)?;
    let record = agent::begin_hosted(
        &store::open(ctx)?,
        plan.spec(),
        &plan.decision,
        request(&order),
        args.project.as_deref(),
    )?;
    waited(&execution, &client, &order, record)
}

/// Goes on on the hosted plane with a run that no model here answered.
pub(super) fn carry_on(
    execution: &Execution<'_>,
    plan: &Plan,
    mut record: Run,
) -> Result<Outcome, Failure> {
    let client = client(execution.ctx, plan)?;
    warn_of_the_cap(execution.ctx, plan);
    let order = order(execution.args, plan);
    agent::hand_over_hosted(&mut record, request(&order))?;
    waited(execution, &client, &order, record)
}

/// Makes the client, which does not exist for a sensitive run whatever was decided.
fn client(ctx: &Context, plan: &Plan) -> Result<Hosted, Failure> {
    let forbidden = || {
        let message = format!("`{}` is never sent to the hosted plane", plan.spec().name());
        Failure::refused("privacy_tier_unroutable", message)
    };
    let tier = HostedTier::of(plan.tier()).ok_or_else(forbidden)?;
    let no_token = || Failure::usage("hosted_token_missing", "`ALDO_API_TOKEN` is not set");
    let plane = access::plane(ctx).ok_or_else(no_token)?;
    Ok(Hosted::new(tier, &plane, Pace::default())?)
}

/// The interface has no place for a limit of ours.
fn warn_of_the_cap(ctx: &Context, plan: &Plan) {
    if let Some(usd) = plan.usd_max {
        ctx.ui.warn(&format!(
            "the hosted plane keeps to a budget of its own, not to the ${usd:.6} of `--max-usd` or `ALDO_RUN_USD_CAP`"
        ));
    }
}

fn order(args: &Args, plan: &Plan) -> Order {
    let identity = &plan.spec().identity;
    Order {
        agent: identity.name.clone(),
        // An agent of the user's own is meant in this version; of aldo's own the plane has its own.
        agent_version: match plan.found.origin {
            Origin::Builtin => None,
            Origin::Named | Origin::Project | Origin::User => Some(identity.version.clone()),
        },
        inputs: plan.inputs.clone(),
        project: args.project.clone(),
    }
}

/// What is written down about an order.
fn request(order: &Order) -> Value {
    json!({
        "agentName": order.agent,
        "agentVersion": order.agent_version,
        "inputs": order.inputs,
        "project": order.project,
    })
}

fn waited(
    execution: &Execution<'_>,
    client: &Hosted,
    order: &Order,
    mut record: Run,
) -> Result<Outcome, Failure> {
    let ui = execution.ctx.ui;
    let mut unwritten = None;
    let mut say = |notice| match notice {
        Notice::Status { run, status } => {
            ui.note(&format!("... hosted run {run} status → {status}"));
            let entry = Entry::HostedStatus { run, status };
            unwritten = record.append(&[entry], None).err().or(unwritten.take());
        }
        Notice::PollFailed { run, reason } => {
            ui.warn(&format!("... hosted run {run}: {reason}"));
        }
    };
    let ended = execution.runtime.block_on(async {
        tokio::select! {
            biased;
            () = execution.cancel.canceled() => None,
            ended = client.run(order, &mut say) => Some(ended),
        }
    });
    let closed = Closed::new(ended);
    if let Err(error) = closed.write(&mut record) {
        unwritten = Some(error);
    }
    if let Some(error) = unwritten {
        ui.warn(&format!("this run could not be written down: {error}"));
    }
    closed.conclude(execution.ctx, &record)
}

/// A run on the hosted plane that is over, at least for us.
enum Closed {
    Finished(Finished),
    Failed(HostedError),
    Canceled,
}

impl Closed {
    fn new(ended: Option<Result<Finished, HostedError>>) -> Self {
        match ended {
            None => Self::Canceled,
            Some(Ok(finished)) => Self::Finished(finished),
            Some(Err(error)) => Self::Failed(error),
        }
    }

    /// Writes down what the plane says the run used, its answer and its end.
    fn write(&self, record: &mut Run) -> Result<(), StoreError> {
        let ending = self.ending();
        let Self::Finished(finished) = self else {
            return record.finish(&[], None, &ending);
        };
        let plane = ServedBy {
            model: finished.model.clone(),
            provider: provider(finished),
            locality: "cloud",
        };
        record.hand_over(&[], Some(&plane))?;
        for step in steps(finished) {
            record.append(&[], Some(&step))?;
        }
        let answer = Entry::Answer {
            message: Message::assistant(finished.output.clone()),
            finish: None,
        };
        let said = (!finished.output.is_empty()).then_some(answer);
        record.finish(said.as_slice(), None, &ending)
    }

    fn ending(&self) -> Ending {
        let (status, stop) = match self {
            Self::Canceled => return Stop::Canceled.ending(),
            Self::Failed(error) => (Status::Failed, error.code()),
            Self::Finished(finished) => match finished.end {
                End::Completed => (Status::Completed, "completed"),
                End::Failed => (Status::Failed, "hosted_failed"),
                End::Rejected => (Status::Failed, "hosted_rejected"),
                End::Canceled => (Status::Canceled, "hosted_canceled"),
            },
        };
        let reason = match self {
            Self::Canceled => None,
            Self::Failed(error) => Some(error.to_string()),
            Self::Finished(finished) => finished.reason.clone(),
        };
        Ending {
            status,
            stop,
            reason,
        }
    }

    fn conclude(self, ctx: &Context, record: &Run) -> Result<Outcome, Failure> {
        let (finished, failure) = match self {
            Self::Finished(finished) => {
                let failure = failure(&finished);
                (Some(finished), failure)
            }
            Self::Failed(error) => (None, Some(Failure::from(error))),
            Self::Canceled => {
                let failure = Failure::new(Kind::Interrupted, "canceled", "canceled");
                (None, Some(failure.hint("the hosted run may go on there")))
            }
        };
        if let Some(finished) = &finished {
            let mut answer = ctx.ui.answer();
            answer.text(&finished.output)?;
            answer.finish()?;
            let model = finished.model.as_deref().unwrap_or(UNNAMED);
            ctx.ui.note(&show::closing_line(ctx, finished.usd, model));
        }
        let document = RunDocument::hosted(finished.as_ref(), record, failure.as_ref());
        let outcome = Outcome::streamed(&document);
        Ok(match failure {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        })
    }
}

/// Explains an end that is not the good one.
fn failure(finished: &Finished) -> Option<Failure> {
    let code = match finished.end {
        End::Completed => return None,
        End::Failed => "hosted_failed",
        End::Rejected => "hosted_rejected",
        End::Canceled => "hosted_canceled",
    };
    let (run, end) = (&finished.run, finished.end.as_str());
    let message = match &finished.reason {
        Some(reason) => format!("hosted run `{run}` ended as `{end}`: {reason}"),
        None => format!("hosted run `{run}` ended as `{end}`"),
    };
    Some(Failure::failed(code, message))
}

fn provider(finished: &Finished) -> String {
    let provider = finished.provider.as_deref();
    provider.unwrap_or(UNNAMED).to_owned()
}

/// What each step used, in the form of the store. A price without steps is kept as one step.
fn steps(finished: &Finished) -> Vec<StepUsage> {
    let step = |model: &str, provider: &str, tokens_in, tokens_out, usd| StepUsage {
        provider: provider.to_owned(),
        model: model.to_owned(),
        usage: Usage {
            tokens_in,
            tokens_out,
            ..Usage::default()
        },
        usd,
    };
    if finished.used.is_empty() && finished.usd > 0.0 {
        let model = finished.model.as_deref().unwrap_or(UNNAMED);
        return vec![step(model, &provider(finished), 0, 0, finished.usd)];
    }
    let used = finished.used.iter();
    used.map(|row| {
        step(
            &row.model,
            &row.provider,
            row.tokens_in,
            row.tokens_out,
            row.usd,
        )
    })
    .collect()
}
