//! How the agents of one supervisor work together.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::str::FromStr;
use std::task::Poll;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::crew::{Child, Member};
use super::mapping::Scope;
use crate::agent::Stop;
use crate::cancel::Cancel;
use crate::spec::{CompositeIteration, Strategy};

/// One agent that is to work now.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    /// The agent.
    pub(crate) child: &'a Child,
    /// Which of its supervisor's turns this is.
    pub(crate) place: Place,
    /// What it is given.
    pub(crate) inputs: Value,
    /// The wish that it end.
    pub(crate) cancel: Cancel,
}

/// Which of a supervisor's turns one is; the same in a run that is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The round, from 1; always 1 but for `iterative`.
    pub(crate) round: u32,
    /// The place in the spec, from 1; the aggregator's is behind all others.
    pub(crate) number: usize,
}

/// What came of an agent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// What it wrote.
    pub(crate) output: String,
    /// Why it stopped.
    pub(crate) stop: Stop,
}

/// An agent at work.
pub(crate) type Working<'a> = Pin<Box<dyn Future<Output = Report> + 'a>>;

/// The agents of one supervisor, and what they need to work.
pub(crate) struct Team<'t> {
    /// The supervisor.
    pub(crate) member: &'t Member,
    /// The most agents at work at once, at least one.
    pub(crate) at_once: usize,
    /// The wish that all of them end.
    pub(crate) cancel: &'t Cancel,
    /// Sets an agent to work.
    pub(crate) start: &'t dyn Fn(Order<'t>) -> Working<'t>,
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (round, number) = text.split_once('.').ok_or(())?;
        Ok(Self {
            round: round.parse().map_err(|_| ())?,
            number: number.parse().map_err(|_| ())?,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round, self.number)
    }
}

impl Report {
    pub(super) fn done(output: String) -> Self {
        Self {
            output,
            stop: Stop::Completed,
        }
    }

    pub(super) fn stopped(stop: Stop) -> Self {
        Self {
            output: String::new(),
            stop,
        }
    }

    /// Whether the agent did what it is for.
    pub(crate) fn is_done(&self) -> bool {
        self.stop.exit_code() == 0 && self.stop != Stop::OutputClosed
    }
}

impl<'t> Team<'t> {
    /// Has the agents work on `scope`, in the order of the strategy. The first that does not do what it
    /// is for ends the others.
    pub(crate) async fn work(&self, mut scope: Scope) -> Report {
        let composite = self.member.composite();
        let composite = composite.expect("a team is made for a supervisor");
        match (composite.strategy, &composite.iteration) {
            (Strategy::Sequential, _) | (Strategy::Iterative, None) => {
                let written = self.one_after_another(&mut scope, 1, None).await;
                written.map_or_else(
                    |report| report,
                    |mut texts| Report::done(texts.pop().unwrap_or_default()),
                )
            }
            (Strategy::Parallel, _) => self.side_by_side(&mut scope).await,
            (Strategy::Debate, _) => self.debate(scope).await,
            (Strategy::Iterative, Some(rounds)) => self.rounds(scope, rounds).await,
        }
    }

    /// Returns what each wrote, or the end of the first that did not do what it is for.
    async fn one_after_another(
        &self,
        scope: &mut Scope,
        round: u32,
        mut previous: Option<String>,
    ) -> Result<Vec<String>, Report> {
        let mut written = Vec::new();
        for (at, child) in self.member.children.iter().enumerate() {
            let place = Place {
                round,
                number: at + 1,
            };
            let inputs = scope.inputs_of(child, previous.as_deref());
            let report = self.one(child, place, inputs, self.cancel).await;
            if !report.is_done() {
                return Err(self.failed(child, report));
            }
            scope.note(&child.alias, &report.output);
            previous = Some(report.output.clone());
            written.push(report.output);
        }
        Ok(written)
    }

    async fn side_by_side(&self, scope: &mut Scope) -> Report {
        let children = &self.member.children;
        let cancel = self.cancel.child();
        let permits = Semaphore::new(self.at_once.max(1));
        let first_failed = Cell::new(None);
        let working = children.iter().enumerate().map(|(at, child)| {
            let place = Place {
                round: 1,
                number: at + 1,
            };
            let inputs = scope.inputs_of(child, None);
            let (cancel, permits, first_failed) = (&cancel, &permits, &first_failed);
            let working: Working<'_> = Box::pin(async move {
                // Nobody closes the semaphore, so a permit always comes.
                let _permit = permits.acquire().await;
                let report = self.one(child, place, inputs, cancel).await;
                if !report.is_done() && first_failed.get().is_none() {
                    first_failed.set(Some(at));
                    cancel.cancel();
                }
                report
            });
            working
        });
        let reports = all(working.collect()).await;
        if let Some(at) = first_failed.get() {
            return self.failed(&children[at], reports[at].clone());
        }
        for (child, report) in children.iter().zip(&reports) {
            scope.note(&child.alias, &report.output);
        }
        Report::done(scope.sections(self.member))
    }

    async fn debate(&self, mut scope: Scope) -> Report {
        let report = self.side_by_side(&mut scope).await;
        let Some(judge) = self
            .member
            .aggregator
            .as_deref()
            .filter(|_| report.is_done())
        else {
            return report;
        };
        let place = Place {
            round: 1,
            number: self.member.children.len() + 1,
        };
        let inputs = Ok(scope.everything());
        let report = self.one(judge, place, inputs, self.cancel).await;
        if report.is_done() {
            return Report::done(report.output);
        }
        self.failed(judge, report)
    }

    async fn rounds(&self, mut scope: Scope, rounds: &CompositeIteration) -> Report {
        let mut last = None;
        for round in 1..=rounds.max_rounds {
            let written = self
                .one_after_another(&mut scope, round, last.clone())
                .await;
            let written = match written {
                Ok(written) => written,
                Err(report) => return report,
            };
            if let Some(word) = &rounds.terminate
                && written.iter().any(|text| text.contains(word.as_str()))
            {
                return Report::done(before_the_word(written, word));
            }
            last = written.into_iter().next_back();
        }
        let output = last.unwrap_or_default();
        match &rounds.terminate {
            None => Report::done(output),
            Some(_) => Report {
                output,
                stop: Stop::MaxRounds {
                    rounds: rounds.max_rounds,
                },
            },
        }
    }

    async fn one(
        &self,
        child: &'t Child,
        place: Place,
        inputs: Result<Value, String>,
        cancel: &Cancel,
    ) -> Report {
        if cancel.is_canceled() {
            return Report::stopped(Stop::Canceled);
        }
        let inputs = match inputs {
            Ok(inputs) => inputs,
            Err(reason) => return Report::stopped(Stop::BadInputs { reason }),
        };
        let order = Order {
            child,
            place,
            inputs,
            cancel: cancel.clone(),
        };
        (self.start)(order).await
    }

    /// Returns how a supervisor ends whose agent did not do what it is for.
    fn failed(&self, child: &Child, report: Report) -> Report {
        let stop = match report.stop {
            _ if self.cancel.is_canceled() => Stop::Canceled,
            Stop::OutputClosed => Stop::OutputClosed,
            stop => Stop::of_subagent(&child.alias, &stop),
        };
        Report::stopped(stop)
    }
}

/// What a round gives that `word` ended: what was written last without it.
fn before_the_word(mut written: Vec<String>, word: &str) -> String {
    let whole = written.last().cloned().unwrap_or_default();
    written.retain(|text| !text.contains(word));
    written.pop().unwrap_or(whole)
}

/// Waits for all of them.
async fn all(mut working: Vec<Working<'_>>) -> Vec<Report> {
    let mut reports: Vec<Option<Report>> = working.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (working, report) in working.iter_mut().zip(&mut reports) {
            if report.is_none()
                && let Poll::Ready(ready) = working.as_mut().poll(context)
            {
                *report = Some(ready);
            }
        }
        if reports.iter().all(Option::is_some) {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
    reports.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
