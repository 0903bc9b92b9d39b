//! One run that goes on: what is known of it, and the spans that end in it.

use std::collections::BTreeMap;
use std::time::Duration;

use aldo_backends::{Finish, Message, ToolCall};
use jiff::Timestamp;
use serde_json::Value;

use super::super::admission::Admitted;
use super::super::content::Conversation;
use super::super::span::{Span, SpanId};
use super::Moment;
use super::tell::{self, Chat, Tool};
use crate::store::{
    Ending, Entry, NewRun, Redactor, RunId, RunRecord, ServedBy, Status, StepUsage,
};

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) run: RunId,
    pub(super) trace: u128,
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) admitted: Admitted,
    pub(super) began: Timestamp,
    /// When something was written the last time: what is asked of a model is asked from then on.
    pub(super) last: Timestamp,
    pub(super) agent: String,
    pub(super) version: String,
    pub(super) tier: String,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) locality: Option<String>,
    /// Whether its steps happen on the hosted plane, where nobody here sees when.
    pub(super) hosted: bool,
    pub(super) tokens_in: u64,
    pub(super) tokens_out: u64,
    pub(super) usd: f64,
    /// Calls that have begun, by their id.
    pub(super) calls: BTreeMap<String, Begun>,
    pub(super) conversation: Conversation,
}

/// A call that has begun.
#[derive(Debug)]
pub(super) struct Begun {
    at: Timestamp,
    name: String,
    /// Where they may be sent.
    arguments: Option<Value>,
}

/// Where a run hangs in its trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Above {
    trace: u128,
    span: SpanId,
}

impl Going {
    pub(super) fn begun(
        run: RunId,
        new: &NewRun,
        admitted: Admitted,
        above: Option<Above>,
        now: Moment,
    ) -> Self {
        Self {
            run,
            trace: above.map_or(run.bits(), |above| above.trace),
            span: (now.id)(),
            parent: above.map(|above| above.span),
            admitted,
            began: now.at,
            last: now.at,
            agent: new.agent.clone(),
            version: new.agent_version.clone(),
            tier: new.privacy_tier.to_owned(),
            model: new.model.clone(),
            provider: new.provider.clone(),
            locality: new.locality.map(str::to_owned),
            hosted: false,
            tokens_in: 0,
            tokens_out: 0,
            usd: 0.0,
            calls: BTreeMap::new(),
            conversation: Conversation::default(),
        }
    }

    pub(super) fn reopened(
        run: RunId,
        record: &RunRecord,
        served_by: Option<&ServedBy>,
        admitted: Admitted,
        above: Option<Above>,
        now: Moment,
    ) -> Self {
        let new = NewRun {
            agent: record.agent.clone(),
            agent_version: record.agent_version.clone(),
            model: record.model.clone(),
            provider: record.provider.clone(),
            ..NewRun::default()
        };
        let mut going = Self::begun(run, &new, admitted, above, now);
        going.tier.clone_from(&record.privacy_tier);
        going.locality.clone_from(&record.locality);
        if let Some(served_by) = served_by {
            going.served(served_by);
        }
        going
    }

    pub(super) fn above(&self) -> Above {
        Above {
            trace: self.trace,
            span: self.span,
        }
    }

    /// Somebody else answers from now on.
    pub(super) fn served(&mut self, served_by: &ServedBy) {
        self.model.clone_from(&served_by.model);
        self.provider = Some(served_by.provider.clone());
        self.locality = Some(served_by.locality.to_owned());
    }

    /// Takes a step in; `stop` says why it is the last one.
    pub(super) fn step(
        &mut self,
        entries: &[Entry],
        usage: Option<&StepUsage>,
        stop: Option<&'static str>,
        redactor: &Redactor,
        now: Moment,
    ) -> Vec<Span> {
        if let Some(used) = usage {
            self.tokens_in += used.usage.tokens_in;
            self.tokens_out += used.usage.tokens_out;
            self.usd += used.usd;
        }
        let mut spans = Vec::new();
        spans.extend(self.chat(entries, usage, stop, redactor, now));
        for entry in entries {
            spans.extend(self.entry(entry, redactor, now));
        }
        self.last = now.at;
        spans
    }

    /// Returns the span of the answer that a step holds, or of what a model did beside the conversation.
    fn chat(
        &self,
        entries: &[Entry],
        usage: Option<&StepUsage>,
        stop: Option<&'static str>,
        redactor: &Redactor,
        now: Moment,
    ) -> Option<Span> {
        let answer = entries.iter().find_map(|entry| {
            let Entry::Answer { message, finish } = entry else {
                return None;
            };
            Some((message, *finish))
        });
        if self.hosted || (answer.is_none() && usage.is_none()) {
            return None;
        }
        let finish: Option<Finish> = answer.and_then(|(_, finish)| finish);
        let cut = usage.is_none() && finish.is_none();
        let chat = Chat {
            message: answer.map(|(message, _)| message),
            finish,
            usage,
            error: cut.then(|| stop.unwrap_or("cut_off")),
        };
        Some(tell::chat(self, &chat, redactor, now))
    }

    fn entry(&mut self, entry: &Entry, redactor: &Redactor, now: Moment) -> Option<Span> {
        match entry {
            Entry::ToolIntent { call, .. } => {
                self.begin(call, now);
                None
            }
            Entry::ToolResult {
                id,
                name,
                outcome,
                text,
                elapsed_ms,
            } => {
                let begun = self.calls.remove(id);
                let elapsed = Duration::from_millis(*elapsed_ms);
                let tool = Tool {
                    id,
                    name,
                    start: now.at.checked_sub(elapsed).unwrap_or(now.at),
                    arguments: begun.as_ref().and_then(|begun| begun.arguments.as_ref()),
                    result: Some(text),
                    error: (*outcome != "done").then_some(*outcome),
                };
                Some(tell::tool(self, &tool, redactor, now))
            }
            Entry::Failed {
                provider, model, ..
            } => Some(tell::unanswered(self, provider, model, now)),
            Entry::Message(message) => {
                if self.admitted.content {
                    self.conversation.give(message, redactor);
                }
                None
            }
            Entry::Answer { message, .. } => {
                self.answer(message, redactor);
                None
            }
            Entry::Output(text) | Entry::Spoken(text) => {
                self.answer(&Message::assistant(text.clone()), redactor);
                None
            }
            Entry::HostedRequest(_) => {
                self.hosted = true;
                None
            }
            Entry::Decision(_)
            | Entry::Task(_)
            | Entry::Seal(_)
            | Entry::Kept { .. }
            | Entry::MalformedToolCall { .. }
            | Entry::RepairedToolCall(_)
            | Entry::Shortened { .. }
            | Entry::Resumed
            | Entry::Edited { .. }
            | Entry::Subagent { .. }
            | Entry::SubagentEnded { .. }
            | Entry::HostedStatus { .. }
            | Entry::Stop { .. } => None,
        }
    }

    fn begin(&mut self, call: &ToolCall, now: Moment) {
        let begun = Begun {
            at: now.at,
            name: call.name.clone(),
            arguments: self.admitted.content.then(|| call.arguments.clone()),
        };
        self.calls.insert(call.id.clone(), begun);
    }

    fn answer(&mut self, message: &Message, redactor: &Redactor) {
        if self.admitted.content {
            self.conversation.answer(message, redactor);
        }
    }

    /// Returns the spans of calls that never came to an end, and of the run itself.
    pub(super) fn ended(mut self, ending: &Ending, now: Moment) -> Vec<Span> {
        let open = std::mem::take(&mut self.calls);
        let redactor = Redactor::default();
        let mut spans: Vec<Span> = open
            .iter()
            .map(|(id, begun)| {
                let tool = Tool {
                    id,
                    name: &begun.name,
                    start: begun.at,
                    arguments: None,
                    result: None,
                    error: Some(ending.stop),
                };
                tell::tool(&self, &tool, &redactor, now)
            })
            .collect();
        let error = (ending.status != Status::Completed).then_some(ending.stop);
        spans.push(tell::agent(&self, error, now));
        spans
    }
}
