//! The calls of one turn: decided one after another, run side by side, each written down before it
//! begins and after it has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use aldo_backends::{Message, ToolCall};
use tokio::task::{JoinError, JoinSet};

use super::fit::cut;
use super::shown::{Show, Shown};
use super::turn::{Cut, Patience};
use crate::store::{Entry, Run, StoreError};
use crate::tools::{Approved, Permit, ToolOutcome, Toolbox};

/// How many calls of one turn are run.
const CALLS_MAX: usize = 32;

/// How long calls have to end once the run is to end.
const GRACE: Duration = Duration::from_secs(5);

/// What is known of the calls of a turn that was cut off.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Known {
    /// Results, by the id of the call.
    pub(super) results: BTreeMap<String, String>,
    /// Calls that had begun.
    pub(super) begun: BTreeSet<String>,
}

/// Why the calls of a turn have not all come to an end.
#[derive(Debug)]
pub(super) enum Broken {
    /// The run is to end.
    Cut(Cut),
    /// What happens could not be written down, so that nothing more was done.
    Store(StoreError),
}

/// The calls of one turn.
pub(super) struct Calls<'a> {
    pub(super) toolbox: &'a Toolbox,
    pub(super) made: &'a [ToolCall],
    pub(super) known: &'a Known,
    /// The most bytes of a result.
    pub(super) result_bytes: usize,
    pub(super) patience: &'a Patience<'a>,
}

/// A call that came to its end.
struct Ended {
    at: usize,
    outcome: ToolOutcome,
    elapsed: Duration,
}

impl Calls<'_> {
    /// Runs the calls and returns the message of each result, in the order of the calls.
    pub(super) async fn run(
        &self,
        record: &mut Run,
        show: &mut Show<'_>,
    ) -> Result<Vec<Message>, Broken> {
        let mut texts: Vec<Option<String>> = self.made.iter().map(|call| self.told(call)).collect();
        let mut entries = Vec::new();
        let mut approved = Vec::new();
        for (at, call) in self.made.iter().enumerate() {
            if texts[at].is_some() {
                continue;
            }
            match self.permit(at, call).await.map_err(Broken::Cut)? {
                Permit::Granted(granted) => {
                    entries.push(intent(call, &granted));
                    approved.push((at, granted));
                }
                Permit::Refused(outcome) => {
                    let ended = Ended::at_once(at, outcome);
                    let text = self.text(&ended.outcome);
                    entries.push(self.entry(&ended, text.clone()));
                    texts[at] = Some(text);
                    self.show(&ended, show)?;
                }
            }
        }
        // What is about to happen is on disk before any of it happens.
        if !entries.is_empty() {
            record.append(&entries, None).map_err(Broken::Store)?;
        }
        self.finish(approved, &mut texts, record, show).await?;
        let messages = self.made.iter().zip(texts);
        Ok(messages
            .map(|(call, text)| Message::tool(&call.id, text.unwrap_or_default()))
            .collect())
    }

    /// Runs what was approved, side by side, and writes each result down as it comes.
    async fn finish(
        &self,
        approved: Vec<(usize, Approved)>,
        texts: &mut [Option<String>],
        record: &mut Run,
        show: &mut Show<'_>,
    ) -> Result<(), Broken> {
        let mut running = JoinSet::new();
        let mut places = BTreeMap::new();
        for (at, call) in approved {
            let handle = running.spawn(async move {
                let began = Instant::now();
                let outcome = call.run().await;
                Ended {
                    at,
                    outcome,
                    elapsed: began.elapsed(),
                }
            });
            places.insert(handle.id(), at);
        }
        let mut ending: Option<(Broken, Instant)> = None;
        while let Some(joined) = self.next(&mut running, &mut ending).await {
            let ended = match joined {
                Ok((_, ended)) => ended,
                // The place of a call that panicked is the one it was given.
                Err(error) => Ended::at_once(
                    places.get(&error.id()).copied().unwrap_or_default(),
                    ToolOutcome::Failed("the tool crashed".to_owned()),
                ),
            };
            let text = self.text(&ended.outcome);
            let entry = self.entry(&ended, text.clone());
            texts[ended.at] = Some(text);
            if let Err(error) = record.append(&[entry], None) {
                self.toolbox.stop();
                return Err(Broken::Store(error));
            }
            if let Err(closed) = self.show(&ended, show) {
                self.end(&mut ending, closed);
            }
        }
        ending.map_or(Ok(()), |(broken, _)| Err(broken))
    }

    /// Waits for the next call that ends; `None` once none is left, or those that are left do not end
    /// in time, which stops them.
    async fn next(
        &self,
        running: &mut JoinSet<Ended>,
        ending: &mut Option<(Broken, Instant)>,
    ) -> Option<Result<(tokio::task::Id, Ended), JoinError>> {
        if ending.is_none() {
            tokio::select! {
                joined = running.join_next_with_id() => return joined,
                cut = self.patience.over() => self.end(ending, Broken::Cut(cut)),
            }
        }
        let by = ending.as_ref().map_or_else(Instant::now, |(_, by)| *by);
        let joined = tokio::time::timeout_at(by.into(), running.join_next_with_id());
        joined.await.ok().flatten()
    }

    /// Asks the calls that run to end, and remembers why.
    fn end(&self, ending: &mut Option<(Broken, Instant)>, broken: Broken) {
        self.toolbox.stop();
        ending.get_or_insert((broken, Instant::now() + GRACE));
    }

    /// Returns what an earlier process was told by the tool.
    fn told(&self, call: &ToolCall) -> Option<String> {
        self.known.results.get(&call.id).cloned()
    }

    async fn permit(&self, at: usize, call: &ToolCall) -> Result<Permit, Cut> {
        if at >= CALLS_MAX {
            let reason = format!("only {CALLS_MAX} calls of a turn are run; call it again");
            return Ok(Permit::Refused(ToolOutcome::Refused(reason)));
        }
        let again = self.known.begun.contains(&call.id);
        let permit = self.toolbox.permit(&call.name, &call.arguments, again);
        tokio::select! {
            biased;
            cut = self.patience.over() => Err(cut),
            permit = permit => Ok(match permit {
                Permit::Refused(ToolOutcome::Refused(reason)) if again => {
                    let reason = format!(
                        "the run was cut off in the middle of this call: it may have happened, and it \
                         was not repeated ({reason})"
                    );
                    Permit::Refused(ToolOutcome::Refused(reason))
                }
                permit => permit,
            }),
        }
    }

    fn text(&self, outcome: &ToolOutcome) -> String {
        cut(&outcome.text(), self.result_bytes)
    }

    fn entry(&self, ended: &Ended, text: String) -> Entry {
        let call = &self.made[ended.at];
        Entry::ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            outcome: ended.outcome.name(),
            text,
            elapsed_ms: ended.elapsed.as_millis() as u64,
        }
    }

    fn show(&self, ended: &Ended, show: &mut Show<'_>) -> Result<(), Broken> {
        let shown = show(&Shown::Result {
            call: &self.made[ended.at],
            outcome: &ended.outcome,
        });
        if shown.is_break() {
            return Err(Broken::Cut(Cut::OutputClosed));
        }
        Ok(())
    }
}

impl Ended {
    fn at_once(at: usize, outcome: ToolOutcome) -> Self {
        Self {
            at,
            outcome,
            elapsed: Duration::ZERO,
        }
    }
}

fn intent(call: &ToolCall, approved: &Approved) -> Entry {
    Entry::ToolIntent {
        call: call.clone(),
        permission: approved.permission().as_str(),
        side_effects: approved.has_side_effects(),
    }
}
