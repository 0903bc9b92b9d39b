//! How a family of models writes reasoning and tool calls. Knows text only, no tokens.

mod hermes;
mod search;

use serde_json::Value;

use crate::tokenizer::Tokenizer;
use hermes::Hermes;

/// The markup a model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Text only.
    Plain,
    /// `<tool_call>{json}</tool_call>`, and `<think>…</think>` where `thinking`.
    Hermes {
        /// Whether `<think>` is markup.
        thinking: bool,
    },
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text for the user.
    Text(String),
    /// Reasoning, shown apart.
    Reasoning(String),
    /// A call of a tool.
    ToolCall {
        /// The tool's name.
        name: String,
        /// The arguments, an object.
        arguments: Value,
    },
    /// Something that was meant as a call and cannot be one.
    MalformedToolCall {
        /// All of it, markup included.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Separates an answer into pieces while it arrives, cut anywhere.
#[derive(Debug)]
pub struct DialectParser {
    state: State,
}

#[derive(Debug)]
enum State {
    Plain,
    Hermes(Hermes),
}

impl Dialect {
    /// Finds the dialect of a checkpoint from its chat template and vocabulary.
    pub fn detect(template_source: &str, tokenizer: &Tokenizer) -> Self {
        let writes =
            |markup: &str| template_source.contains(markup) || tokenizer.token_id(markup).is_some();
        let thinking = writes("<think>");
        if thinking || writes("<tool_call>") {
            Self::Hermes { thinking }
        } else {
            Self::Plain
        }
    }

    /// Starts parsing an answer; `starts_in_reasoning` when the prompt ended in an open `<think>`.
    pub fn parser(self, starts_in_reasoning: bool) -> DialectParser {
        let state = match self {
            Self::Plain => State::Plain,
            Self::Hermes { thinking } => State::Hermes(Hermes::new(thinking, starts_in_reasoning)),
        };
        DialectParser { state }
    }
}

impl DialectParser {
    /// Takes the next text and returns the pieces that are now certain.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        match &mut self.state {
            State::Plain if text.is_empty() => Vec::new(),
            State::Plain => vec![Piece::Text(text.to_owned())],
            State::Hermes(hermes) => hermes.push(text),
        }
    }

    /// Whether the answer stands within reasoning.
    pub fn in_reasoning(&self) -> bool {
        match &self.state {
            State::Plain => false,
            State::Hermes(hermes) => hermes.in_reasoning(),
        }
    }

    /// Returns what is left at the end of the answer.
    pub fn finish(&mut self) -> Vec<Piece> {
        match &mut self.state {
            State::Plain => Vec::new(),
            State::Hermes(hermes) => hermes.finish(),
        }
    }
}
