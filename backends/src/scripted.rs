//! A backend that plays a script, for tests and for trying things without a model.

use crate::{Backend, BackendError, Event, Finish, Generation, Request, Usage};

/// One answer of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    events: Vec<Event>,
    usage: Usage,
    end: End,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Done(Option<Finish>),
    Error(String),
}

/// Why a script cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("script: {reason}")]
pub struct ScriptError {
    /// What is wrong, with line and column.
    pub reason: String,
}

/// A backend that answers each request with the next turn of its script.
#[derive(Debug)]
pub struct Scripted {
    model: String,
    turns: Vec<Turn>,
}

impl Turn {
    /// Creates a turn that gives `events` and then ends: with `ToolCalls` if there is a call among
    /// them, else with `Stop`.
    pub fn new(events: Vec<Event>) -> Self {
        Self { events, usage: Usage::default(), end: End::Done(None) }
    }

    /// Creates a turn that answers `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(vec![Event::Text(text.into())])
    }

    /// The turn, failing with `reason` after its events.
    #[must_use]
    pub fn failing(self, reason: impl Into<String>) -> Self {
        Self { end: End::Error(reason.into()), ..self }
    }

    /// The turn, ending with `finish`.
    #[must_use]
    pub fn finishing(self, finish: Finish) -> Self {
        Self { end: End::Done(Some(finish)), ..self }
    }

    /// The turn, reporting `usage`.
    #[must_use]
    pub fn using(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }
}

impl Scripted {
    /// Creates a backend named `scripted` that plays `turns`, one a request.
    pub fn new(turns: Vec<Turn>) -> Self {
        Self { model: "scripted".to_owned(), turns }
    }

    /// Reads a script: `{"model": ID?, "turns": [{"events": [{"text": …} | {"reasoning": …} |
    /// {"tool_call": {"id"?, "name", "arguments"}} | {"malformed_tool_call": {"text", "reason"}}],
    /// "finish"?, "usage"?, "error"?}]}`.
    ///
    /// # Errors
    /// [`ScriptError`] with line and column.
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        let _ = text;
        unimplemented!()
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        unimplemented!()
    }
}

impl Backend for Scripted {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        let _ = (request, &self.turns);
        unimplemented!()
    }
}
