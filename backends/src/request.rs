use aldo_models::{ResponseFormat, Sampling};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BackendError, Message};

/// The most tokens an answer has when the request does not say.
const TOKENS_MAX: usize = 1024;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The conversation so far, oldest first; must not be empty.
    pub messages: Vec<Message>,
    /// The tools the model may call.
    pub tools: Vec<ToolSpec>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The most tokens the answer may have, at least 1.
    pub tokens_max: usize,
    /// Texts that end the answer where they appear; they are not part of it.
    pub stop: Vec<String>,
    /// Whether the model reasons before it answers; `None` leaves it to the model.
    pub thinking: Option<bool>,
    /// What the answer must look like, reasoning and tool calls apart.
    pub response: ResponseFormat,
}

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// The name the model calls.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}

impl Request {
    /// Creates a request of `messages` that is answered greedily with at most 1,024 tokens.
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            messages,
            tools: Vec::new(),
            sampling: Sampling::default(),
            tokens_max: TOKENS_MAX,
            stop: Vec::new(),
            thinking: None,
            response: ResponseFormat::Text,
        }
    }

    /// Checks what can be checked without a model.
    pub(crate) fn check(&self) -> Result<(), BackendError> {
        let bad = |field, reason: &str| BackendError::BadRequest {
            field,
            reason: reason.to_owned(),
        };
        if self.messages.is_empty() {
            return Err(bad("messages", "must not be empty"));
        }
        if self.tokens_max == 0 {
            return Err(bad("tokens_max", "must be at least 1"));
        }
        if self.stop.iter().any(String::is_empty) {
            return Err(bad("stop", "must not hold an empty text"));
        }
        Ok(())
    }
}
