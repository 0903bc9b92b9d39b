//! A template in a process of its own, as `models` uses it.

use std::sync::{Mutex, PoisonError};

use aldo_models::{ModelError, Renderer};
use serde_json::{Map, Value};

use super::job::{self, ANSWER_BYTES_EXTRA, JOB_BYTES_MAX, Job};
use super::process::Process;
use super::{RENDER_MAX, START_MAX};

/// A template and the process that renders it, if it lives; another is started for the next rendering
/// when one has ended.
#[derive(Debug)]
struct Isolated {
    source: String,
    process: Mutex<Option<Process>>,
}

/// Starts a process for `source`.
///
/// # Errors
/// [`ModelError::Template`] when it does not parse, or its process ends over it.
pub(super) fn start(source: &str) -> Result<Box<dyn Renderer>, ModelError> {
    let process = started(source)?;
    Ok(Box::new(Isolated {
        source: source.to_owned(),
        process: Mutex::new(Some(process)),
    }))
}

impl Renderer for Isolated {
    fn render(
        &self,
        variables: &Map<String, Value>,
        bytes_max: usize,
    ) -> Result<String, ModelError> {
        let job = Job {
            bytes_max,
            variables,
        };
        let message = serde_json::to_vec(&job).map_err(|error| failed(error.to_string()))?;
        if message.len() > JOB_BYTES_MAX {
            return Err(failed(format!(
                "the conversation has {} bytes, the limit is {JOB_BYTES_MAX}",
                message.len()
            )));
        }
        // Nothing panics while it holds the lock.
        let mut place = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let mut process = match place.take() {
            Some(process) => process,
            None => started(&self.source)?,
        };
        let answer_max = bytes_max.saturating_add(ANSWER_BYTES_EXTRA);
        let answer = process.ask(message, answer_max, RENDER_MAX);
        let answer = answer.map_err(|lost| failed(lost.to_string()))?;
        let answer = job::decode(answer).ok_or_else(garbled)?;
        *place = Some(process);
        answer.map_err(failed)
    }
}

fn started(source: &str) -> Result<Process, ModelError> {
    let mut process = Process::start().map_err(|lost| failed(lost.to_string()))?;
    let answer = process.ask(source.into(), ANSWER_BYTES_EXTRA, START_MAX);
    let answer = answer.map_err(|lost| failed(lost.to_string()))?;
    match job::decode(answer).ok_or_else(garbled)? {
        Ok(_) => Ok(process),
        Err(reason) => Err(failed(reason)),
    }
}

fn garbled() -> ModelError {
    failed("the process that renders it answers what is no answer")
}

fn failed(reason: impl Into<String>) -> ModelError {
    ModelError::Template {
        reason: reason.into(),
    }
}
