//! From what the store writes to spans: a run is `invoke_agent`, each of its answers `chat`, each of its
//! calls `execute_tool`. The run at the top of a tree gives the trace its id.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::admission::{Admission, Withheld};
use super::span::{Span, SpanId};
use crate::store::{Entry, Heard, RunId, StepUsage, Written};

mod going;
mod tell;

use going::Going;

/// The most runs that are remembered at once; beyond it the first one is forgotten, and sends no more.
const RUNS_MAX: usize = 1024;

/// The runs that go on and may be told of.
#[derive(Debug, Default)]
pub(super) struct Traces {
    runs: BTreeMap<RunId, Going>,
}

/// The moment something is heard, and what makes ids.
#[derive(Clone, Copy)]
struct Moment {
    at: Timestamp,
    id: fn() -> SpanId,
}

impl Traces {
    /// Hears what was written `at` a time; returns the spans that ended with it.
    ///
    /// # Errors
    /// [`Withheld`] when a run begins that the collector may not hear of; nothing of it is remembered.
    pub(super) fn hear(
        &mut self,
        heard: &Heard<'_>,
        admission: &Admission,
        at: Timestamp,
        id: fn() -> SpanId,
    ) -> Result<Vec<Span>, Withheld> {
        let now = Moment { at, id };
        match heard.written {
            Written::Begun(new, entries) => {
                let admitted = admission.of(new.privacy_tier)?;
                let above = match new.parent {
                    None => None,
                    Some(parent) => match self.runs.get(&parent) {
                        Some(above) => Some(above.above()),
                        // What is below a run that is not told of is not told of either.
                        None => return Ok(Vec::new()),
                    },
                };
                let going = Going::begun(heard.run, new, admitted, above, now);
                self.remember(heard.run, going);
                Ok(self.step(heard, entries, None, now))
            }
            Written::Reopened(record, served_by) => {
                let admitted = admission.of(&record.privacy_tier)?;
                let parent = record.parent.as_deref().and_then(RunId::parse);
                let above = parent.and_then(|parent| self.runs.get(&parent));
                let above = above.map(Going::above);
                let going = Going::reopened(heard.run, record, served_by, admitted, above, now);
                self.remember(heard.run, going);
                Ok(Vec::new())
            }
            Written::Step(entries, usage) => Ok(self.step(heard, entries, usage, now)),
            Written::HandedOver(entries, served_by) => {
                let spans = self.step(heard, entries, None, now);
                if let (Some(going), Some(served_by)) = (self.runs.get_mut(&heard.run), served_by) {
                    going.served(served_by);
                }
                Ok(spans)
            }
            Written::Ended(entries, usage, ending) => {
                let Some(mut going) = self.runs.remove(&heard.run) else {
                    return Ok(Vec::new());
                };
                let mut spans = going.step(entries, usage, Some(ending.stop), heard.redactor, now);
                spans.extend(going.ended(ending, now));
                Ok(spans)
            }
        }
    }

    fn step(
        &mut self,
        heard: &Heard<'_>,
        entries: &[Entry],
        usage: Option<&StepUsage>,
        now: Moment,
    ) -> Vec<Span> {
        match self.runs.get_mut(&heard.run) {
            Some(going) => going.step(entries, usage, None, heard.redactor, now),
            None => Vec::new(),
        }
    }

    fn remember(&mut self, run: RunId, going: Going) {
        // Ids sort by the time they were made.
        if self.runs.len() >= RUNS_MAX {
            self.runs.pop_first();
        }
        self.runs.insert(run, going);
    }
}

#[cfg(test)]
mod tests;
