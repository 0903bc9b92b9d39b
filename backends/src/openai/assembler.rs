//! Events out of chunks. Knows no connection.

use std::time::Instant;

use super::calls::{Calls, TooManyCalls};
use super::meter::Meter;
use super::splitter::{Part, Splitter};
use crate::openai_wire::{Chunk, ToolNames};
use crate::{Event, Finish, Message, Request};

/// The most bytes of text and reasoning of one answer.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Why what a server writes is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// It would never end.
    #[error("the answer is longer than {} bytes", ANSWER_BYTES_MAX)]
    TooLong,
    /// It calls without end.
    #[error(transparent)]
    TooManyCalls(#[from] TooManyCalls),
}

/// Builds one answer.
#[derive(Debug)]
pub(super) struct Assembler {
    splitter: Splitter,
    calls: Calls,
    finish: Option<String>,
    bytes: usize,
    meter: Meter,
}

impl Assembler {
    pub(super) fn new(request: &Request, accepted: Instant) -> Self {
        Self {
            splitter: Splitter::new(!request.tools.is_empty()),
            calls: Calls::default(),
            finish: None,
            bytes: 0,
            meter: Meter::new(accepted),
        }
    }

    /// Whether the server said why the answer ends; counts may still follow.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Whether nothing of an answer came yet, not even its end.
    pub(super) fn is_empty(&self) -> bool {
        self.finish.is_none() && self.calls.is_empty() && self.bytes == 0
    }

    /// Takes a chunk and returns the events it completes.
    pub(super) fn take(&mut self, chunk: Chunk) -> Result<Vec<Event>, NoAnswer> {
        if !(chunk.text.is_empty() && chunk.reasoning.is_empty() && chunk.calls.is_empty()) {
            self.meter.part_came();
        }
        self.meter.counted = chunk.usage.or(self.meter.counted);
        self.meter.timed = chunk.timings.or(self.meter.timed);
        self.finish = chunk.finish.or(self.finish.take());
        self.bytes += chunk.text.len() + chunk.reasoning.len();
        if self.bytes > ANSWER_BYTES_MAX {
            return Err(NoAnswer::TooLong);
        }
        let mut events = Vec::new();
        if !chunk.reasoning.is_empty() {
            self.splitter.reasoning_came();
            events.push(Event::Reasoning(chunk.reasoning));
        }
        let parts = self.splitter.push(&chunk.text);
        self.add(parts, &mut events)?;
        for piece in chunk.calls {
            self.calls.add(piece)?;
        }
        Ok(events)
    }

    /// Returns the last events, [`Event::Done`] among them.
    pub(super) fn end(
        mut self,
        history: &[Message],
        names: &ToolNames,
    ) -> Result<Vec<Event>, NoAnswer> {
        let mut events = Vec::new();
        let parts = self.splitter.finish();
        self.add(parts, &mut events)?;
        let called = !self.calls.is_empty();
        events.extend(self.calls.events(history, names));
        let finish = finish(self.finish.as_deref(), called);
        let usage = self.meter.usage();
        events.push(Event::Done { finish, usage });
        Ok(events)
    }

    fn add(&mut self, parts: Vec<Part>, events: &mut Vec<Event>) -> Result<(), NoAnswer> {
        for part in parts {
            match part {
                Part::Event(event) => events.push(event),
                Part::Call { name, arguments } => self.calls.add_whole(name, &arguments)?,
            }
        }
        Ok(())
    }
}

/// Servers have more reasons than the documentation; those nobody knows end an answer like any other.
fn finish(reason: Option<&str>, called: bool) -> Finish {
    match reason {
        Some("length" | "max_tokens" | "model_length") => Finish::Length,
        Some("stop_sequence") if !called => Finish::StopText,
        _ if called => Finish::ToolCalls,
        _ => Finish::Stop,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn d05_reasons_to_end_are_read_leniently() {
        for (reason, called, expected) in [
            (Some("stop"), false, Finish::Stop),
            (Some("stop"), true, Finish::ToolCalls),
            (Some("tool_calls"), true, Finish::ToolCalls),
            (Some("function_call"), true, Finish::ToolCalls),
            (Some("tool_calls"), false, Finish::Stop),
            (Some("length"), false, Finish::Length),
            (Some("length"), true, Finish::Length),
            (Some("content_filter"), false, Finish::Stop),
            (Some("eos_token"), false, Finish::Stop),
            (Some("stop_sequence"), false, Finish::StopText),
            (None, false, Finish::Stop),
        ] {
            assert_eq!(finish(reason, called), expected, "{reason:?} {called}");
        }
    }

    #[test]
    fn d05_an_answer_has_a_limit() {
        let request = Request::new(vec![Message::user("u")]);
        let mut assembler = Assembler::new(&request, Instant::now());
        let chunk = || Chunk {
            text: "x".repeat(8 << 20),
            ..Chunk::default()
        };
        let taken = (0..9).map(|_| assembler.take(chunk()).map(|_| ()));
        let outcomes: Vec<_> = taken.collect();
        assert_eq!(outcomes[7], Ok(()));
        assert_eq!(outcomes[8], Err(NoAnswer::TooLong));
    }
}
