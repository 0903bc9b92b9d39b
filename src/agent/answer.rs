use aldo_backends::{Event, Finish, Message, ToolCall, Usage};

use crate::store::Entry;

/// What the model wrote in one turn, joined as it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Answer {
    /// The text.
    pub(super) text: String,
    /// The reasoning before and between the text.
    pub(super) reasoning: String,
    /// Whole tool calls.
    pub(super) tool_calls: Vec<ToolCall>,
    /// What cannot be a tool call, and why.
    pub(super) malformed: Vec<(String, String)>,
    /// How it ended and what it took; absent when it was cut off.
    pub(super) done: Option<(Finish, Usage)>,
}

impl Answer {
    /// Adds what an event brings.
    pub(super) fn add(&mut self, event: Event) {
        match event {
            Event::Loading { .. } => {}
            Event::Text(text) => self.text.push_str(&text),
            Event::Reasoning(text) => self.reasoning.push_str(&text),
            Event::ToolCall(call) => self.tool_calls.push(call),
            Event::MalformedToolCall { text, reason } => self.malformed.push((text, reason)),
            Event::Done { finish, usage } => self.done = Some((finish, usage)),
        }
    }

    /// Returns it as the message the model reads in the next turn: without what cannot be a call.
    pub(super) fn message(&self) -> Message {
        let reasoning = (!self.reasoning.is_empty()).then(|| self.reasoning.clone());
        Message {
            reasoning,
            ..Message::assistant(self.text.clone()).with_tool_calls(self.tool_calls.clone())
        }
    }

    /// Returns what is written down about it; nothing when nothing came.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let malformed = self
            .malformed
            .iter()
            .map(|(text, reason)| Entry::MalformedToolCall {
                text: text.clone(),
                reason: reason.clone(),
            });
        let answer = Entry::Answer {
            message: self.message(),
            finish: self.done.map(|(finish, _)| finish),
        };
        if self.is_empty() {
            return Vec::new();
        }
        std::iter::once(answer).chain(malformed).collect()
    }

    /// Whether nothing came that a reader could have seen.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
