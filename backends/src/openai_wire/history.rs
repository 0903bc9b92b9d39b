//! The conversation so far, in a form that no server chokes on.
//!
//! A server that renders a malformed call into its template may answer 500 to every later request, so
//! whatever a model wrote is put right before it is sent back: every call has a name, an id of its
//! own, an object of arguments and exactly one result.

use std::collections::{HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::profile::Profile;
use super::tool_names::ToolNames;
use crate::{Message, Role, ToolCall};

/// What stands for a result that never came.
const NO_RESULT: &str = "the tool gave no result";

/// Writes `history`, with `in_words` added to what the system says.
pub(super) fn messages(
    history: &[Message],
    names: &ToolNames,
    profile: Profile,
    in_words: Option<&str>,
) -> Value {
    let mut messages = repaired(history);
    if let Some(words) = in_words {
        match messages.first_mut() {
            Some(first) if first.role == Role::System => {
                first.content = format!("{}\n\n{words}", first.content);
            }
            _ => messages.insert(0, Message::system(words)),
        }
    }
    let written = messages
        .iter()
        .map(|message| written(message, names, profile));
    Value::Array(written.collect())
}

fn written(message: &Message, names: &ToolNames, profile: Profile) -> Value {
    let mut out = Map::new();
    out.insert("role".to_owned(), json!(message.role));
    out.insert("content".to_owned(), content(message));
    if let Some(reasoning) = &message.reasoning
        && profile.takes_reasoning_back()
    {
        out.insert("reasoning_content".to_owned(), json!(reasoning));
    }
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            json!({"id": call.id, "type": "function", "function": {
                "name": names.on_the_wire(&call.name),
                "arguments": call.arguments.to_string(),
            }})
        });
        out.insert("tool_calls".to_owned(), Value::Array(calls.collect()));
    }
    if let Some(id) = &message.tool_call_id {
        out.insert("tool_call_id".to_owned(), json!(id));
    }
    Value::Object(out)
}

/// A text, or a list of parts where there are images.
fn content(message: &Message) -> Value {
    if message.images.is_empty() {
        return json!(message.content);
    }
    let text = json!({"type": "text", "text": message.content});
    let images = message
        .images
        .iter()
        .map(|image| json!({"type": "image_url", "image_url": {"url": image.data_url()}}));
    Value::Array(std::iter::once(text).chain(images).collect())
}

/// Returns `history` with every call and every result put right.
fn repaired(history: &[Message]) -> Vec<Message> {
    let mut repair = Repair {
        out: Vec::with_capacity(history.len()),
        open: VecDeque::new(),
        used: HashSet::new(),
        number: ToolCall::highest_number(history),
    };
    for message in history {
        match message.role {
            Role::Tool => repair.result(message),
            Role::System | Role::User | Role::Assistant => repair.other(message),
        }
    }
    repair.close();
    repair.out
}

struct Repair {
    out: Vec<Message>,
    /// Calls without a result yet: the id as it was, and as it is sent.
    open: VecDeque<(String, String)>,
    used: HashSet<String>,
    /// The highest number of an id of ours.
    number: usize,
}

impl Repair {
    fn other(&mut self, message: &Message) {
        self.close();
        let mut message = message.clone();
        message.tool_call_id = None;
        let calls = std::mem::take(&mut message.tool_calls);
        if message.role == Role::Assistant {
            message.tool_calls = calls
                .into_iter()
                .filter_map(|call| self.call(call))
                .collect();
        }
        self.out.push(message);
    }

    /// A call that can be sent; one without a name cannot be put right.
    fn call(&mut self, call: ToolCall) -> Option<ToolCall> {
        if call.name.trim().is_empty() {
            return None;
        }
        let mut id = call.id.clone();
        while id.is_empty() || !self.used.insert(id.clone()) {
            self.number += 1;
            id = ToolCall::id_of(self.number);
        }
        self.open.push_back((call.id, id.clone()));
        Some(ToolCall {
            id,
            name: call.name,
            arguments: object(call.arguments),
        })
    }

    fn result(&mut self, message: &Message) {
        let asked = message.tool_call_id.as_deref().unwrap_or_default();
        let at = self.open.iter().position(|(id, _)| id == asked);
        let at = at.or_else(|| (asked.is_empty() && !self.open.is_empty()).then_some(0));
        let Some((_, id)) = at.and_then(|at| self.open.remove(at)) else {
            self.close();
            let text = format!("The result of a tool:\n{}", message.content);
            self.out.push(Message::user(text));
            return;
        };
        self.out.push(Message::tool(id, message.content.clone()));
    }

    /// Answers the calls that nobody answered.
    fn close(&mut self) {
        for (_, id) in self.open.drain(..) {
            self.out.push(Message::tool(id, NO_RESULT));
        }
    }
}

/// Arguments as an object, whatever a model made of them.
fn object(arguments: Value) -> Value {
    match arguments {
        Value::Object(_) => arguments,
        Value::Null => json!({}),
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(inner)) => Value::Object(inner),
            Ok(_) | Err(_) => json!({"value": text}),
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => json!({"value": arguments}),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "history_tests.rs"]
mod tests;
