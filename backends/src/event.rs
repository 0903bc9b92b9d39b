use crate::{ToolCall, Usage};

/// A part of an answer, in the order it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The model is being loaded; comes before everything else.
    Loading {
        /// Bytes of weights read.
        done_bytes: u64,
        /// Bytes of weights in all.
        total_bytes: u64,
    },
    /// More text; never ends in half a character.
    Text(String),
    /// More reasoning, which is not part of the text.
    Reasoning(String),
    /// A whole tool call.
    ToolCall(ToolCall),
    /// Something that was meant as a tool call and cannot be one.
    MalformedToolCall {
        /// What the model wrote, markup included.
        text: String,
        /// What is wrong with it, readable for the model.
        reason: String,
    },
    /// The end; nothing follows.
    Done {
        /// Why it ended.
        finish: Finish,
        /// What it took.
        usage: Usage,
    },
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model ended it.
    Stop,
    /// `tokens_max` or the context length was reached.
    Length,
    /// The model ended it after calling tools and waits for their results.
    ToolCalls,
    /// One of the request's stop texts appeared.
    StopText,
}
