//! A backend that plays a script, for tests and for trying things without a model.

mod script_wire;
mod turn;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use script_wire::ScriptError;
pub use turn::Turn;

use crate::generation::Source;
use crate::{Backend, BackendError, Generation, Request};

/// A backend that answers each request with the next turn of its script and remembers the requests.
#[derive(Debug)]
pub struct Scripted {
    model: String,
    turns: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: VecDeque<Turn>,
    requests: Vec<Request>,
}

/// A script writes every event before its generation is read, so it has nothing to hear.
#[derive(Debug)]
struct Played;

impl Scripted {
    /// Creates a backend named `scripted` that plays `turns`, one a request.
    pub fn new(turns: Vec<Turn>) -> Self {
        Self::named("scripted", turns)
    }

    /// Creates a backend that says its model is `model` and plays `turns`, one a request.
    pub fn named(model: impl Into<String>, turns: Vec<Turn>) -> Self {
        Self {
            model: model.into(),
            turns: turns.len(),
            state: Mutex::new(State {
                left: turns.into(),
                requests: Vec::new(),
            }),
        }
    }

    /// Reads a script: `{"model"?, "turns": [{"events"?, "finish"?, "usage"?, "error"?}]}`, an event
    /// being `{"text": …}`, `{"reasoning": …}`, `{"tool_call": {"id"?, "name", "arguments"?}}`,
    /// `{"malformed_tool_call": {"text", "reason"}}` or `{"loading": {"done_bytes", "total_bytes"}}`.
    ///
    /// # Errors
    /// [`ScriptError`] with line and column.
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        let (model, turns) = script_wire::parse(text)?;
        Ok(match model {
            Some(model) => Self::named(model, turns),
            None => Self::new(turns),
        })
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// How many turns are left.
    pub fn turns_left(&self) -> usize {
        self.lock().left.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Scripted {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        request.check()?;
        let mut state = self.lock();
        state.requests.push(request);
        let turn = state.left.pop_front();
        drop(state);
        let turn = turn.ok_or(BackendError::ScriptEnded { turns: self.turns })?;
        Ok(Generation::ready(turn.into_events(), Arc::new(Played)))
    }
}

impl Source for Played {
    fn reader_moved(&self) {}

    fn broken_off(&self) -> BackendError {
        BackendError::EngineStopped {
            reason: "the script was cut".to_owned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
