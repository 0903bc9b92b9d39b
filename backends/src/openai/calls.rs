//! Tool calls out of pieces: interleaved, without ids, with ids on every piece, or whole.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::openai_wire::{CallPiece, ToolNames};
use crate::{Event, Message, ToolCall};

/// The longest arguments of a call, in bytes.
const ARGUMENTS_BYTES_MAX: usize = 1 << 20;
/// The most calls of an answer.
const CALLS_MAX: usize = 128;

/// An answer with more calls than anything honest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} tool calls", CALLS_MAX)]
pub(super) struct TooManyCalls;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<OpenCall>,
}

#[derive(Debug, Default)]
struct OpenCall {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    too_long: bool,
}

impl Calls {
    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.open.iter().all(OpenCall::is_nothing)
    }

    /// Takes a piece.
    pub(super) fn add(&mut self, piece: CallPiece) -> Result<(), TooManyCalls> {
        let at = match self.place_of(&piece) {
            Some(at) => at,
            None if self.open.len() == CALLS_MAX => return Err(TooManyCalls),
            None => {
                self.open.push(OpenCall {
                    index: piece.index,
                    ..OpenCall::default()
                });
                self.open.len() - 1
            }
        };
        if let Some(call) = self.open.get_mut(at) {
            call.add(piece);
        }
        Ok(())
    }

    /// Takes a whole call that stood in the text.
    pub(super) fn add_whole(
        &mut self,
        name: String,
        arguments: &Value,
    ) -> Result<(), TooManyCalls> {
        if self.open.len() == CALLS_MAX {
            return Err(TooManyCalls);
        }
        self.open.push(OpenCall {
            name,
            arguments: arguments.to_string(),
            ..OpenCall::default()
        });
        Ok(())
    }

    /// The call that a piece goes on with; `None` when it begins one.
    fn place_of(&self, piece: &CallPiece) -> Option<usize> {
        let at = match piece.index {
            Some(_) => self
                .open
                .iter()
                .rposition(|call| call.index == piece.index)?,
            None if !piece.id.is_empty() => {
                return self.open.iter().rposition(|call| call.id == piece.id);
            }
            None => self.open.len().checked_sub(1)?,
        };
        let call = &self.open[at];
        // Some servers number every call 0.
        let other_id = !piece.id.is_empty() && !call.id.is_empty() && piece.id != call.id;
        let named_again = !piece.name.is_empty() && call.is_whole() && piece.id != call.id;
        let named_without_number = piece.index.is_none() && !piece.name.is_empty();
        (!other_id && !named_again && !named_without_number).then_some(at)
    }

    /// Returns the events of all calls, in the order in which they began. Ids that are missing or
    /// stand in `history` already are replaced.
    pub(super) fn events(self, history: &[Message], names: &ToolNames) -> Vec<Event> {
        let calls = history.iter().flat_map(|message| &message.tool_calls);
        let mut used: HashSet<String> = calls.map(|call| call.id.clone()).collect();
        let mut number = ToolCall::highest_number(history);
        let open = self.open.into_iter().filter(|call| !call.is_nothing());
        let event = |call: OpenCall| {
            let mut id = call.id.clone();
            while id.is_empty() || !used.insert(id.clone()) {
                number += 1;
                id = ToolCall::id_of(number);
            }
            call.event(id, names)
        };
        open.map(event).collect()
    }
}

impl OpenCall {
    fn is_nothing(&self) -> bool {
        self.name.is_empty() && self.arguments.is_empty()
    }

    /// Whether nothing is missing any more.
    fn is_whole(&self) -> bool {
        !self.name.is_empty() && serde_json::from_str::<Value>(&self.arguments).is_ok()
    }

    fn add(&mut self, piece: CallPiece) {
        if self.id.is_empty() {
            self.id = piece.id;
        }
        // A name comes once, or again with every piece, or in pieces.
        if self.name != piece.name {
            self.name.push_str(&piece.name);
        }
        self.too_long |= self.arguments.len() + piece.arguments.len() > ARGUMENTS_BYTES_MAX;
        if !self.too_long {
            self.arguments.push_str(&piece.arguments);
        }
    }

    fn event(self, id: String, names: &ToolNames) -> Event {
        match self.parsed() {
            Ok(arguments) => Event::ToolCall(ToolCall {
                id,
                name: names.here(self.name),
                arguments,
            }),
            Err(reason) => Event::MalformedToolCall {
                text: format!("{}({})", self.name, self.arguments),
                reason,
            },
        }
    }

    fn parsed(&self) -> Result<Value, String> {
        if self.name.trim().is_empty() {
            return Err("the call names no tool".to_owned());
        }
        if self.too_long {
            return Err(format!(
                "the arguments are longer than {ARGUMENTS_BYTES_MAX} bytes"
            ));
        }
        let text = self.arguments.trim();
        if text.is_empty() {
            return Ok(json!({}));
        }
        let mut arguments: Value = serde_json::from_str(text)
            .map_err(|error| format!("the arguments are not valid JSON: {error}"))?;
        if let Value::String(inner) = &arguments {
            arguments = serde_json::from_str(inner).unwrap_or(Value::Null);
        }
        match arguments {
            Value::Object(_) => Ok(arguments),
            Value::Null if text == "null" => Ok(json!({})),
            _ => Err("the arguments are not an object".to_owned()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "calls_tests.rs"]
mod tests;
