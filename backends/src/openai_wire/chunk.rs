//! What comes back: a piece of a stream, or a whole answer, which is read as one large piece.

use serde_json::Value;

use super::failure::failure_of;
use super::numbers;

/// One piece of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chunk {
    /// More text.
    pub(crate) text: String,
    /// More reasoning, where the server separates it.
    pub(crate) reasoning: String,
    /// Parts of tool calls.
    pub(crate) calls: Vec<CallPiece>,
    /// Why the answer ends, in the server's words.
    pub(crate) finish: Option<String>,
    /// Tokens counted.
    pub(crate) usage: Option<WireUsage>,
    /// Times measured, which llama.cpp adds.
    pub(crate) timings: Option<Timings>,
    /// What went wrong, in the server's words.
    pub(crate) failure: Option<String>,
}

/// A part of a tool call. What is missing is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CallPiece {
    /// Which call of the answer it belongs to.
    pub(crate) index: Option<u64>,
    /// The id of the call.
    pub(crate) id: String,
    /// The name of the tool, or a part of it.
    pub(crate) name: String,
    /// A part of the text of the arguments.
    pub(crate) arguments: String,
}

/// Tokens as a server counts them; what it does not say, or cannot be, is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WireUsage {
    /// Tokens of the prompt.
    pub(crate) prompt: u64,
    /// Of those, cached ones.
    pub(crate) cached: u64,
    /// Tokens written.
    pub(crate) completion: u64,
    /// Of those, reasoning.
    pub(crate) reasoning: u64,
}

/// Times as llama.cpp measures them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Timings {
    /// Tokens that were in the cache.
    pub(crate) cached: u64,
    /// The prefill in milliseconds.
    pub(crate) prompt_ms: Option<f64>,
    /// The decode in milliseconds.
    pub(crate) predicted_ms: Option<f64>,
}

impl Chunk {
    /// Reads a chunk or a whole answer. Unknown fields are ignored, and so are known ones of the wrong
    /// type: servers disagree on much.
    ///
    /// # Errors
    /// What is wrong with `text` when it is no JSON object; quotes nothing of it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value = numbers::parse(text).map_err(|error| {
            let place = error.column();
            format!("{} bytes that are no JSON, at column {place}", text.len())
        })?;
        if !value.is_object() {
            return Err(format!("{} bytes that are no JSON object", text.len()));
        }
        let choice = &value["choices"][0];
        let said = [&choice["delta"], &choice["message"]];
        let said = said
            .into_iter()
            .find(|said| said.is_object())
            .unwrap_or(&Value::Null);
        let (text, thoughts) = content(&said["content"]);
        let reasoning = ["reasoning_content", "reasoning", "thinking"]
            .into_iter()
            .filter_map(|field| said[field].as_str())
            .find(|text| !text.is_empty());
        Ok(Self {
            text,
            reasoning: reasoning.map_or(thoughts, ToOwned::to_owned),
            calls: calls(&said["tool_calls"]),
            finish: choice["finish_reason"].as_str().map(ToOwned::to_owned),
            usage: [&value["usage"], &choice["usage"], &value["x_groq"]["usage"]]
                .into_iter()
                .find(|usage| usage.is_object())
                .map(usage),
            timings: value["timings"]
                .is_object()
                .then(|| timings(&value["timings"])),
            failure: failure_of(&value),
        })
    }
}

/// Text and reasoning of a `content`, which is a text or a list of parts.
fn content(content: &Value) -> (String, String) {
    let (mut text, mut reasoning) = (String::new(), String::new());
    match content {
        Value::String(whole) => text.clone_from(whole),
        Value::Array(parts) => {
            for part in parts {
                text.push_str(part["text"].as_str().unwrap_or_default());
                match &part["thinking"] {
                    Value::String(thought) => reasoning.push_str(thought),
                    thoughts => reasoning.push_str(&content_text(thoughts)),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
    (text, reasoning)
}

fn content_text(parts: &Value) -> String {
    let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
    parts
        .iter()
        .filter_map(|part| part["text"].as_str())
        .collect()
}

fn calls(calls: &Value) -> Vec<CallPiece> {
    let calls = calls.as_array().map(Vec::as_slice).unwrap_or_default();
    let piece = |call: &Value| {
        let function = &call["function"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        CallPiece {
            index: call["index"].as_u64(),
            id: text(&call["id"]),
            name: text(&function["name"]),
            arguments: match &function["arguments"] {
                Value::String(piece) => piece.clone(),
                Value::Null => String::new(),
                whole => whole.to_string(),
            },
        }
    };
    calls
        .iter()
        .filter(|call| call.is_object())
        .map(piece)
        .collect()
}

fn usage(usage: &Value) -> WireUsage {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let cached = &usage["prompt_tokens_details"]["cached_tokens"];
    WireUsage {
        prompt: count(&usage["prompt_tokens"]),
        cached: count(cached).max(count(&usage["prompt_cache_hit_tokens"])),
        completion: count(&usage["completion_tokens"]),
        reasoning: count(&usage["completion_tokens_details"]["reasoning_tokens"]),
    }
}

fn timings(timings: &Value) -> Timings {
    let time = |name: &str| timings[name].as_f64().filter(|ms| (0.0..1e10).contains(ms));
    Timings {
        cached: timings["cache_n"].as_u64().unwrap_or_default(),
        prompt_ms: time("prompt_ms"),
        predicted_ms: time("predicted_ms"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "chunk_tests.rs"]
mod tests;
