use aldo_backends::{Finish, Message};
use serde_json::{Value, json};

/// One thing to write down about a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// What the router decided; the first entry of a run.
    Decision(Value),
    /// A message the model is given.
    Message(Message),
    /// What the model wrote in one turn, joined; `finish` is absent when it was cut off.
    Answer {
        /// Text, reasoning and tool calls.
        message: Message,
        /// Why the model stopped.
        finish: Option<Finish>,
    },
    /// Something that was meant as a tool call and cannot be one.
    MalformedToolCall {
        /// What the model wrote.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Why the run ended; the last entry.
    Stop {
        /// The name of the reason.
        stop: &'static str,
        /// A sentence, where the name does not say all.
        reason: Option<String>,
    },
}

impl Entry {
    /// Returns the word the entry is stored under.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Decision(_) => "decision",
            Self::Message(_) => "message",
            Self::Answer { .. } => "answer",
            Self::MalformedToolCall { .. } => "malformed_tool_call",
            Self::Stop { .. } => "stop",
        }
    }

    /// Returns what is stored, secrets still in it.
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Decision(decision) => decision.clone(),
            Self::Message(message) => json!(message),
            Self::Answer { message, finish } => {
                let mut body = json!(message);
                if let Some(object) = body.as_object_mut() {
                    object.insert("finish".to_owned(), json!(finish));
                }
                body
            }
            Self::MalformedToolCall { text, reason } => json!({"text": text, "reason": reason}),
            Self::Stop { stop, reason } => json!({"stop": stop, "reason": reason}),
        }
    }
}
