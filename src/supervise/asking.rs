//! An agent of a tree and the model that answers it: chosen, written down, opened, asked.

use std::ops::ControlFlow;

use aldo_backends::{BackendError, Message};

use super::office::{Office, Said, Unopened};
use super::team::Report;
use super::work::Job;
use crate::agent::{self, Attempt, Limits, Outcome, Shown, Spoken, Start, Stop, Task};
use crate::candidate::Candidate;
use crate::router::{Decision, Need, Outcome as Routed, Step};
use crate::spec::{RenderedPrompt, tokens_estimate};
use crate::store::{Run, RunId, StoreError};
use crate::tools::Toolbox;

/// What came of asking a model.
pub(super) enum Asked {
    /// The run is over and written down.
    Over(Report),
    /// A supervisor said what it says.
    Spoken(Box<Spoken>),
}

/// An agent that is asked, and who answers.
struct Asking<'w> {
    job: &'w Job<'w>,
    need: Need,
    candidate: Candidate,
    start: Start,
    toolbox: Toolbox,
}

impl Office<'_> {
    /// Asks the model that is chosen and, where it fails before it says anything, the next one. Each
    /// decision is on disk before anything is sent.
    pub(super) async fn asked(
        &self,
        job: &Job<'_>,
        rendered: RenderedPrompt,
    ) -> Result<Asked, StoreError> {
        let spec = &job.member.found.spec;
        let left = job.spending.left();
        let (start, unwritten) = start(job, rendered);
        let mut need = self.routing.need(spec, tokens_in(&start), left);
        if let Some(tokens) = self.tokens_max {
            need.tokens_out_max = tokens;
        }
        let (decision, chosen) = self.routing.decide(&need);
        let Some(candidate) = chosen else {
            return self.refused(job, &decision).map(Asked::Over);
        };
        let toolbox = match (self.tools)(spec.clone(), job.cancel.clone()).await {
            Ok(toolbox) => toolbox,
            Err(reason) => return Ok(Asked::Over(Report::stopped(Stop::BadInputs { reason }))),
        };
        let record = self.opened(job, Some(&candidate), Some(&decision), &unwritten)?;
        let asking = Asking {
            job,
            need,
            candidate,
            start,
            toolbox,
        };
        self.answered(asking, record).await
    }

    async fn answered(&self, mut asking: Asking<'_>, mut record: Run) -> Result<Asked, StoreError> {
        loop {
            let run = record.id();
            (self.say)(&Said::Begins {
                alias: asking.job.alias,
                candidate: &asking.candidate,
            });
            let why;
            (record, why) = match self.attempt(&asking, record).await {
                Ok(Attempt::Ended(outcome)) => return Ok(Asked::Over(self.over(run, *outcome))),
                Ok(Attempt::Spoken(spoken)) => {
                    self.used(run, &asking.candidate, &spoken.usage, spoken.usd);
                    return Ok(Asked::Spoken(spoken));
                }
                Ok(Attempt::Unanswered(lost)) => (lost.record, Unopened::Backend(lost.error)),
                Err(lost) => *lost,
            };
            if let Some(stop) = self.handed_over(&mut asking, &mut record, &why)? {
                return Ok(Asked::Over(self.over(run, agent::end(&record, stop))));
            }
        }
    }

    async fn attempt(
        &self,
        asking: &Asking<'_>,
        record: Run,
    ) -> Result<Attempt, Box<(Run, Unopened)>> {
        let backend = match (self.open)(asking.candidate.clone()).await {
            Ok(backend) => backend,
            Err(why) => return Err(Box::new((record, why))),
        };
        let job = asking.job;
        let spec = &job.member.found.spec;
        let tokens_max = self.tokens_max.unwrap_or(spec.tokens_out_max());
        let task = Task {
            spec,
            candidate: &asking.candidate,
            start: asking.start.clone(),
            toolbox: &asking.toolbox,
            sampling: (self.sampling)(spec),
            tokens_max: usize::try_from(tokens_max).unwrap_or(usize::MAX),
            limits: Limits::of(spec, None),
        };
        let say = self.say;
        let mut show = |shown: &Shown<'_>| {
            say(&Said::Happens {
                alias: job.alias,
                shown,
            });
            ControlFlow::Continue(())
        };
        Ok(agent::run(&task, backend.as_ref(), record, &job.cancel, &mut show).await)
    }

    /// Decides again, with what is known of the model that failed; returns why the run ends where no
    /// other model may answer.
    fn handed_over(
        &self,
        asking: &mut Asking<'_>,
        record: &mut Run,
        why: &Unopened,
    ) -> Result<Option<Stop>, StoreError> {
        // Where text may not go, nothing else is tried: something is wrong below the router.
        if let Unopened::Backend(error @ BackendError::Privacy(_)) = why {
            let reason = error.to_string();
            return Ok(Some(Stop::Refused { reason }));
        }
        let (failed, reason) = (&asking.candidate, why.reason());
        self.routing.learn(failed, why);
        let (decision, next) = self.routing.decide(&asking.need);
        agent::hand_over(record, failed, &reason, &decision, next.as_ref())?;
        (self.say)(&Said::HandedOver {
            alias: asking.job.alias,
            failed,
            reason: &reason,
        });
        match next {
            Some(next) => {
                asking.candidate = next;
                Ok(None)
            }
            None => Ok(Some(match why {
                Unopened::Backend(_) => Stop::BackendFailed { reason },
                Unopened::NotLocal(_) => Stop::Refused { reason },
            })),
        }
    }

    /// Writes down an agent that no model may answer.
    fn refused(&self, job: &Job<'_>, decision: &Decision) -> Result<Report, StoreError> {
        let reason = match &decision.outcome {
            Routed::Refused(refusal) => refusal.reason.clone(),
            Routed::Hosted => {
                "a tree of agents runs in one place, and no model here serves it".to_owned()
            }
            Routed::Local { .. } => "the model that was chosen is not there any more".to_owned(),
        };
        let dropped = decision.trace.iter().filter_map(|row| row.dropped.as_ref());
        let is_too_dear = dropped
            .map(|dropped| dropped.step)
            .any(|step| step == Step::Budget);
        let stop = match job.spending.ceiling() {
            Some(usd) if is_too_dear => Stop::MaxUsd { usd },
            Some(_) | None => Stop::Refused { reason },
        };
        let record = self.opened(job, None, Some(decision), &[])?;
        Ok(self.over(record.id(), agent::end(&record, stop)))
    }

    fn over(&self, run: RunId, outcome: Outcome) -> Report {
        let mut tally = self.tally.borrow_mut();
        if let Some(row) = tally.row(run) {
            row.usage = outcome.usage;
            row.usd = outcome.usd;
            row.elapsed_ms = outcome.elapsed_ms;
            row.stop = Some(outcome.stop.name().to_owned());
        }
        Report {
            output: outcome.output,
            stop: outcome.stop,
        }
    }

    fn used(&self, run: RunId, candidate: &Candidate, usage: &aldo_backends::Usage, usd: f64) {
        if let Some(row) = self.tally.borrow_mut().row(run) {
            row.served_by = Some(candidate.into());
            row.usage = *usage;
            row.usd = usd;
        }
    }
}

/// Returns where an agent stands, and what of that is not written down yet.
fn start(job: &Job<'_>, rendered: RenderedPrompt) -> (Start, Vec<Message>) {
    let spending = job.spending.clone();
    let before = job.standing.and_then(|standing| standing.start.clone());
    if let Some(before) = before {
        return (before.within(spending), Vec::new());
    }
    let messages = messages(rendered);
    (Start::under(spending, messages.clone()), messages)
}

/// Returns about how many tokens a model is to read.
fn tokens_in(start: &Start) -> u64 {
    let messages = start.conversation.messages();
    let tokens = messages
        .iter()
        .map(|message| tokens_estimate(&message.content));
    tokens.sum()
}

fn messages(rendered: RenderedPrompt) -> Vec<Message> {
    let system = (!rendered.system.is_empty()).then(|| Message::system(rendered.system));
    let user = Message::user(rendered.user);
    system.into_iter().chain([user]).collect()
}
