//! One agent of a tree at work: routed alone, its decision on disk first, with its own run in the store.

use std::cell::RefCell;

use aldo_backends::{Message, Usage};
use serde_json::{Value, json};

use super::asking::Asked;
use super::crew::Member;
use super::mapping::Scope;
use super::office::{Office, Said};
use super::standing::Standing;
use super::tally::{Row, Served};
use super::team::{Order, Place, Report, Team, Working};
use crate::agent::{self, Limits, Spending, Stop};
use crate::cancel::Cancel;
use crate::candidate::Candidate;
use crate::router::Decision;
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
    pub(super) above: Option<(&'j Above<'j>, Place)>,
    /// Where its run stands, where an earlier process began it.
    pub(super) standing: Option<&'j Standing>,
}

/// A supervisor whose agents are at work.
pub(super) struct Above<'s> {
    run: RunId,
    record: RefCell<Run>,
    spending: Spending,
    standing: Option<&'s Standing>,
}

impl Office<'_> {
    /// Has the agent at the top of a tree work, with all agents below it, for at most `usd_max` US dollars,
    /// and returns what came of it; where an earlier process left it `standing` somewhere, from there. It
    /// is written down when this returns.
    pub(crate) async fn run(
        &self,
        top: &Member,
        standing: Option<&Standing>,
        inputs: Value,
        cancel: &Cancel,
        usd_max: Option<f64>,
    ) -> Report {
        let usd_max = Limits::of(&top.found.spec, usd_max).usd_max;
        self.work(Job {
            member: top,
            alias: top.name(),
            inputs,
            cancel: cancel.clone(),
            spending: Spending::new(usd_max).after(spent(standing)),
            above: None,
            standing,
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
        let spoken = job.standing.and_then(|standing| standing.spoken.as_ref());
        let record = match (job.member.speaks(), spoken) {
            (true, Some(said)) => {
                scope.said(spec.name(), said);
                self.opened(job, None, None, &[])?
            }
            (true, None) => match self.asked(job, rendered).await? {
                Asked::Over(report) => return Ok(report),
                Asked::Spoken(spoken) => {
                    scope.said(spec.name(), &spoken.output);
                    spoken.record
                }
            },
            (false, _) => {
                let is_told = job.standing.is_some();
                let messages = (!is_told).then(|| Message::user(rendered.user));
                self.opened(job, None, None, messages.as_slice())?
            }
        };
        let above = Above {
            run: record.id(),
            record: RefCell::new(record),
            spending: job.spending.clone(),
            standing: job.standing,
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

    fn start<'w>(&'w self, order: Order<'w>, above: &'w Above<'w>) -> Working<'w> {
        let spec = &order.child.member.found.spec;
        let usd_max = Limits::of(spec, None).usd_max;
        let (place, alias) = (order.place, order.child.alias.clone());
        let standing = above
            .standing
            .and_then(|standing| standing.below.get(&place));
        let done = standing.and_then(|standing| standing.done.clone());
        let working = self.work(Job {
            member: &order.child.member,
            alias: &order.child.alias,
            inputs: order.inputs,
            cancel: order.cancel,
            spending: above.spending.below(usd_max).after(spent(standing)),
            above: Some((above, place)),
            standing,
        });
        Box::pin(async move {
            let report = match &done {
                Some(done) => {
                    (self.say)(&Said::Kept { alias: &alias });
                    Report::done(done.output.clone())
                }
                None => working.await,
            };
            if done.is_some_and(|done| done.is_told) {
                return report;
            }
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
            row.stop = Some(report.stop.name().to_owned());
            row.elapsed_ms = record.elapsed().as_millis() as u64;
        }
        Ok(report)
    }

    /// Opens the run of an agent, below that of its supervisor: begins it, or takes it up again where it
    /// stands. The decision and the messages are on disk when this returns.
    pub(super) fn opened(
        &self,
        job: &Job<'_>,
        candidate: Option<&Candidate>,
        decision: Option<&Decision>,
        messages: &[Message],
    ) -> Result<Run, StoreError> {
        let decision = decision.map(|decision| Entry::Decision(json!(decision)));
        let messages = messages.iter().cloned().map(Entry::Message);
        let mut entries: Vec<Entry> = decision.into_iter().chain(messages).collect();
        if job.above.is_none() {
            entries.extend(self.first.iter().cloned());
        }
        match job.standing {
            Some(standing) => self.taken_up(standing, candidate, entries),
            None => self.begun(job, candidate, &entries),
        }
    }

    fn taken_up(
        &self,
        standing: &Standing,
        candidate: Option<&Candidate>,
        mut entries: Vec<Entry>,
    ) -> Result<Run, StoreError> {
        entries.insert(0, Entry::Resumed);
        let served_by = candidate.map(agent::served_by);
        let store = &self.store;
        let run = store.reopen(&standing.run, &entries, served_by.as_ref())?;
        if let Some(row) = self.tally.borrow_mut().row(run.id()) {
            row.stop = None;
            row.served_by = candidate.map(Served::from).or(row.served_by.take());
        }
        Ok(run)
    }

    fn begun(
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
        let told = |run: RunId, place: &Place| Entry::Subagent {
            place: place.to_string(),
            alias: job.alias.to_owned(),
            agent: spec.identity.name.clone(),
            run: run.to_string(),
        };
        let run = match above {
            Some((above, place)) => {
                let mut above = above.record.borrow_mut();
                above.begin_below(&new, entries, |run| told(run, place))?
            }
            None => self.store.begin(&new, entries)?,
        };
        self.tally.borrow_mut().rows.push(Row {
            run: run.id(),
            parent: new.parent,
            agent: new.agent,
            alias: job.alias.to_owned(),
            served_by: candidate.map(Served::from),
            stop: None,
            usage: Usage::default(),
            usd: 0.0,
            elapsed_ms: 0,
        });
        Ok(run)
    }
}

/// Returns what an earlier process spent, in US dollars.
fn spent(standing: Option<&Standing>) -> f64 {
    standing.map_or(0.0, |standing| standing.usd)
}

fn unwritten(error: &StoreError) -> Stop {
    Stop::StoreFailed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
