//! One agent of a tree at work: routed alone, its decision on disk first, with its own run in the store.

use std::cell::RefCell;

use aldo_backends::{Message, Usage};
use serde_json::Value;

use super::asking::Asked;
use super::crew::Member;
use super::mapping::Scope;
use super::office::{Office, Said};
use super::tally::Row;
use super::team::{Order, Place, Report, Team, Working};
use crate::agent::{Limits, Spending, Stop};
use crate::cancel::Cancel;
use crate::candidate::Candidate;
use crate::store::{Entry, NewRun, Run, RunId, StoreError};

/// One agent that is to work.
pub(super) struct Job<'j> {
    /// The agent.
    pub(super) member: &'j Member,
    /// What its output is called.
    pub(super) alias: &'j str,
    /// What it is given.
    pub(super) inputs: Value,
    /// The wish that it end.
    pub(super) cancel: Cancel,
    /// What it and those below it may spend.
    pub(super) spending: Spending,
    /// Who started it, and as which of its turns.
    pub(super) above: Option<(&'j Above, Place)>,
}

/// A supervisor whose agents are at work.
pub(super) struct Above {
    run: RunId,
    record: RefCell<Run>,
    spending: Spending,
}

impl Office<'_> {
    /// Has the agent at the top of a tree work, with all agents below it, for at most `usd_max` US dollars,
    /// and returns what came of it. It is written down when this returns.
    pub(crate) async fn run(
        &self,
        top: &Member,
        inputs: Value,
        cancel: &Cancel,
        usd_max: Option<f64>,
    ) -> Report {
        self.work(Job {
            member: top,
            alias: top.name(),
            inputs,
            cancel: cancel.clone(),
            spending: Spending::new(Limits::of(&top.found.spec, usd_max).usd_max),
            above: None,
        })
        .await
    }

    fn work<'w>(&'w self, job: Job<'w>) -> Working<'w> {
        Box::pin(async move {
            let report = match self.worked(&job).await {
                Ok(report) => report,
                Err(error) => Report::stopped(unwritten(&error)),
            };
            (self.say)(&Said::Ends {
                alias: job.alias,
                place: job.above.as_ref().map(|(_, place)| *place),
                stop: &report.stop,
            });
            report
        })
    }

    async fn worked(&self, job: &Job<'_>) -> Result<Report, StoreError> {
        let spec = &job.member.found.spec;
        let given = spec.complete(&job.inputs);
        let (inputs, rendered) =
            match given.and_then(|inputs| Ok((inputs, spec.render(&job.inputs)?))) {
                Ok(both) => both,
                Err(error) => {
                    let reason = error.to_string();
                    return Ok(Report::stopped(Stop::BadInputs { reason }));
                }
            };
        let names = job.member.below().map(|child| child.alias.clone());
        let mut scope = Scope::new(inputs, names);
        let record = if job.member.speaks() {
            match self.asked(job, rendered).await? {
                Asked::Over(report) => return Ok(report),
                Asked::Spoken(spoken) => {
                    scope.said(spec.name(), &spoken.output);
                    spoken.record
                }
            }
        } else {
            let entries = [Entry::Message(Message::user(rendered.user))];
            self.begin(job, None, &entries)?
        };
        let above = Above {
            run: record.id(),
            record: RefCell::new(record),
            spending: job.spending.clone(),
        };
        let team = Team {
            member: job.member,
            at_once: self.at_once,
            cancel: &job.cancel,
            start: &|order| self.start(order, &above),
        };
        let report = team.work(scope).await;
        self.ended(&above, report)
    }

    fn start<'w>(&'w self, order: Order<'w>, above: &'w Above) -> Working<'w> {
        let spec = &order.child.member.found.spec;
        let usd_max = Limits::of(spec, None).usd_max;
        let (place, alias) = (order.place, order.child.alias.clone());
        let working = self.work(Job {
            member: &order.child.member,
            alias: &order.child.alias,
            inputs: order.inputs,
            cancel: order.cancel,
            spending: above.spending.below(usd_max),
            above: Some((above, place)),
        });
        Box::pin(async move {
            let report = working.await;
            let entry = Entry::SubagentEnded {
                place: place.to_string(),
                alias,
                stop: report.stop.name(),
                output: report.output.clone(),
            };
            match above.record.borrow_mut().append(&[entry], None) {
                Ok(()) => report,
                Err(error) => Report::stopped(unwritten(&error)),
            }
        })
    }

    /// Writes down how a supervisor ended.
    fn ended(&self, above: &Above, report: Report) -> Result<Report, StoreError> {
        let record = above.record.borrow();
        let output = Entry::Output(report.output.clone());
        record.finish(&[output], None, &report.stop.ending())?;
        if let Some(row) = self.tally.borrow_mut().row(above.run) {
            row.stop = Some(report.stop.name());
            row.elapsed_ms = record.elapsed().as_millis() as u64;
        }
        Ok(report)
    }

    /// Begins the run of an agent, below that of its supervisor; `entries` are on disk when this returns.
    pub(super) fn begin(
        &self,
        job: &Job<'_>,
        candidate: Option<&Candidate>,
        entries: &[Entry],
    ) -> Result<Run, StoreError> {
        let spec = &job.member.found.spec;
        let above = job.above.as_ref();
        let new = NewRun {
            agent: spec.identity.name.clone(),
            agent_version: spec.identity.version.clone(),
            project: self.project.clone(),
            privacy_tier: spec.tier().as_str(),
            model: candidate.map(|candidate| candidate.id.clone()),
            provider: candidate.map(|candidate| candidate.provider.clone()),
            locality: candidate.map(|candidate| candidate.locality.as_str()),
            parent: above.map(|(above, _)| above.run),
            origin: None,
        };
        let more = if above.is_none() {
            self.first.as_slice()
        } else {
            &[]
        };
        let run = self.store.begin(&new, &[entries, more].concat())?;
        if let Some((above, place)) = above {
            let entry = Entry::Subagent {
                place: place.to_string(),
                alias: job.alias.to_owned(),
                agent: spec.identity.name.clone(),
                run: run.id().to_string(),
            };
            above.record.borrow_mut().append(&[entry], None)?;
        }
        self.tally.borrow_mut().rows.push(Row {
            run: run.id(),
            parent: new.parent,
            agent: new.agent,
            alias: job.alias.to_owned(),
            candidate: candidate.cloned(),
            stop: None,
            usage: Usage::default(),
            usd: 0.0,
            elapsed_ms: 0,
        });
        Ok(run)
    }
}

fn unwritten(error: &StoreError) -> Stop {
    Stop::StoreFailed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
