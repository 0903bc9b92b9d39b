//! Where a run stands, read back from its entries: up to the last step that was written down whole.

use aldo_backends::{Message, ToolCall};
use serde::Deserialize;
use serde_json::Value;

use super::calls::Known;
use super::conversation::Conversation;
use super::progress::Progress;
use super::task::{Pending, Start};
use crate::store::{EventRecord, Events, UsageRecord};

/// Why a run cannot be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotResumed {
    /// Its entries have a gap or were changed.
    #[error("the record of this run cannot be trusted: {reason}")]
    Broken {
        /// What is wrong.
        reason: String,
    },
    /// An entry is not what its kind says.
    #[error("entry {seq} of this run is no `{kind}`")]
    Entry {
        /// Its place.
        seq: i64,
        /// Its kind.
        kind: String,
    },
    /// Nothing was said to a model.
    #[error("this run has no message to go on from")]
    NoMessage,
    /// It ran on the hosted plane, which keeps its own steps.
    #[error("this run was on the hosted plane, which keeps its own steps")]
    Hosted,
}

/// Reads back where a run stands; `used` is what its steps used.
///
/// # Errors
/// [`NotResumed`].
pub fn resume(events: &Events, used: &UsageRecord) -> Result<Start, NotResumed> {
    if let Some(reason) = &events.broken {
        let reason = reason.clone();
        return Err(NotResumed::Broken { reason });
    }
    let mut reading = Reading::default();
    for event in &events.events {
        reading.read(event)?;
    }
    reading.start(used)
}

/// An answer with what belongs to it, as it is put together again.
#[derive(Debug)]
struct Step {
    message: Message,
    known: Known,
    more: Vec<Message>,
}

#[derive(Debug, Default)]
struct Reading {
    first: Vec<Message>,
    conversation: Conversation,
    step: Option<Step>,
    turns: u32,
    cycles: u32,
}

#[derive(Deserialize)]
struct Intent {
    call: ToolCall,
}

#[derive(Deserialize)]
struct Shortened {
    steps: usize,
    summary: Option<String>,
}

impl Reading {
    fn read(&mut self, event: &EventRecord) -> Result<(), NotResumed> {
        let body = &event.body;
        match event.kind.as_str() {
            "message" => {
                let message: Message = parsed(event, body.clone())?;
                match &mut self.step {
                    Some(step) => step.more.push(message),
                    None => self.first.push(message),
                }
            }
            "answer" => self.answer(event)?,
            "repaired_tool_call" => {
                let call: ToolCall = parsed(event, body.clone())?;
                if let Some(step) = &mut self.step {
                    step.message.tool_calls = vec![call];
                    self.cycles += 1;
                }
            }
            "tool_intent" => {
                let intent: Intent = parsed(event, body.clone())?;
                if let Some(step) = &mut self.step {
                    step.known.begun.insert(intent.call.id);
                }
            }
            "tool_result" => {
                let text = |key: &str| body[key].as_str().map(str::to_owned);
                let (id, text) = text("tool_call_id")
                    .zip(text("content"))
                    .ok_or_else(|| wrong(event))?;
                if let Some(step) = &mut self.step {
                    step.known.results.insert(id, text);
                }
            }
            "shortened" => {
                let shortened: Shortened = parsed(event, body.clone())?;
                self.close();
                self.conversation
                    .leave_out(shortened.steps, shortened.summary);
            }
            "hosted_request" => return Err(NotResumed::Hosted),
            // What else is written down changes nothing of what was said.
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, event: &EventRecord) -> Result<(), NotResumed> {
        let mut body = event.body.clone();
        let finish = body.as_object_mut().and_then(|body| body.remove("finish"));
        // An answer that was cut off is no step.
        if finish.is_none_or(|finish| finish.is_null()) {
            return Ok(());
        }
        let message: Message = parsed(event, body)?;
        self.close();
        self.turns += 1;
        self.cycles += u32::from(!message.tool_calls.is_empty());
        self.step = Some(Step {
            message,
            known: Known::default(),
            more: Vec::new(),
        });
        Ok(())
    }

    /// Ends the step that is put together.
    fn close(&mut self) {
        if let Some(step) = self.step.take() {
            self.conversation.push(step.whole());
        }
    }

    fn start(mut self, used: &UsageRecord) -> Result<Start, NotResumed> {
        if self.first.is_empty() {
            return Err(NotResumed::NoMessage);
        }
        let mut pending = None;
        match self.step.take() {
            Some(step) if !step.is_done() => {
                pending = Some(Pending {
                    calls: step.message.tool_calls.clone(),
                    known: step.known.clone(),
                });
                let mut left = vec![step.message];
                left.extend(step.more);
                self.conversation.push(left);
            }
            // A last answer that asks for nothing was not enough: it is asked for again.
            Some(step) if step.message.tool_calls.is_empty() && step.more.is_empty() => {}
            Some(step) => self.conversation.push(step.whole()),
            None => {}
        }
        let mut conversation = Conversation::new(self.first);
        conversation.take_steps(self.conversation);
        Ok(Start {
            conversation,
            pending,
            progress: Progress::resumed(self.turns, self.cycles, used),
        })
    }
}

impl Step {
    fn is_done(&self) -> bool {
        let mut calls = self.message.tool_calls.iter();
        calls.all(|call| self.known.results.contains_key(&call.id))
    }

    /// Returns the answer, its results in the order of its calls, and what was said after them.
    fn whole(self) -> Vec<Message> {
        let Self {
            message,
            known,
            more,
        } = self;
        let results: Vec<Message> = message
            .tool_calls
            .iter()
            .filter_map(|call| Some(Message::tool(&call.id, known.results.get(&call.id)?)))
            .collect();
        std::iter::once(message)
            .chain(results)
            .chain(more)
            .collect()
    }
}

fn parsed<T: serde::de::DeserializeOwned>(
    event: &EventRecord,
    body: Value,
) -> Result<T, NotResumed> {
    serde_json::from_value(body).map_err(|_| wrong(event))
}

fn wrong(event: &EventRecord) -> NotResumed {
    NotResumed::Entry {
        seq: event.seq,
        kind: event.kind.clone(),
    }
}

#[cfg(test)]
mod tests;
