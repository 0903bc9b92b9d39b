//! The loop itself.

use std::ops::ControlFlow;

use aldo_backends::{
    Backend, BackendError, Event, Message, ModelError, Request, Sampling, ToolCall, ToolSpec, Usage,
};

use super::answer::Answer;
use super::cancel::Cancel;
use super::limits::Limits;
use super::progress::{Next, Progress};
use super::stop::Stop;
use super::turn::{Cut, Patience, ask};
use crate::candidate::Candidate;
use crate::spec::AgentSpec;
use crate::store::{Entry, Run, RunId, StepUsage, StoreError};

/// Shows an event as it comes; breaks when nobody reads any more.
pub type Show<'a> = dyn FnMut(&Event) -> ControlFlow<()> + Send + 'a;

/// What an agent is to do, and with which model.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The agent.
    pub spec: &'a AgentSpec,
    /// The model that was chosen.
    pub candidate: &'a Candidate,
    /// The first messages, which are on disk as the run's first entries.
    pub messages: Vec<Message>,
    /// The tools the model is told of.
    pub tools: Vec<ToolSpec>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The most tokens an answer may have.
    pub tokens_max: usize,
    /// What the run may use up.
    pub limits: Limits,
}

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The run.
    pub run: RunId,
    /// Why it stopped.
    pub stop: Stop,
    /// The text of the last turn.
    pub output: String,
    /// The tools the last turn called.
    pub tool_calls: Vec<ToolCall>,
    /// What all steps used.
    pub usage: Usage,
    /// What all steps cost, in US dollars.
    pub usd: f64,
    /// How long it took, on the monotonic clock.
    pub elapsed_ms: u64,
    /// Why a step could not be written down, when it could not.
    pub store_error: Option<StoreError>,
}

/// Runs an agent until it stops, writing each step to `record` before the next one begins.
pub async fn run(
    task: &Task<'_>,
    backend: &dyn Backend,
    mut record: Run,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> Outcome {
    let mut messages = task.messages.clone();
    let mut progress = Progress::default();
    let patience = Patience {
        cancel,
        deadline: record.started() + task.limits.wall_clock_max,
    };
    loop {
        let request = task.request(messages.clone());
        let (answer, cut) = ask(backend, request, &patience, show).await;
        let used = progress.count(task.candidate, &answer);
        let next = match cut {
            Some(cut) => Next::Stop(stop_of(cut, task, &record)),
            None => progress.next(task.spec, &task.limits, record.elapsed(), &answer),
        };
        let more = match next {
            Next::Stop(stop) => return end(&record, &progress, answer, used.as_ref(), stop),
            Next::Turn(more) => more,
        };
        let mut entries = answer.entries();
        entries.extend(more.iter().cloned().map(Entry::Message));
        if let Err(error) = record.append(&entries, used.as_ref()) {
            return outcome(&record, &progress, answer, Stop::Completed, Some(error));
        }
        messages.push(answer.message());
        messages.extend(more);
    }
}

impl Task<'_> {
    fn request(&self, messages: Vec<Message>) -> Request {
        Request {
            tools: self.tools.clone(),
            sampling: self.sampling.clone(),
            tokens_max: self.tokens_max,
            response: self.spec.model_policy.decoding.response(),
            ..Request::new(messages)
        }
    }
}

/// Names what cut an answer, and marks the model when it was the one to fail.
fn stop_of(cut: Cut, task: &Task<'_>, record: &Run) -> Stop {
    match cut {
        Cut::Canceled => Stop::Canceled,
        Cut::OutputClosed => Stop::OutputClosed,
        Cut::WallClock => task.limits.wall_clock_stop(),
        Cut::Backend(error) => {
            let reason = error.to_string();
            if is_the_models_fault(&error) {
                let Candidate { provider, id, .. } = task.candidate;
                // The run fails for its own reason; a lost mark costs another failed call.
                let _ = record.store().mark_unhealthy(provider, id, &reason);
            }
            Stop::BackendFailed { reason }
        }
    }
}

/// Whether another call of the same model would likely fail as well, whatever it is asked.
fn is_the_models_fault(error: &BackendError) -> bool {
    match error {
        BackendError::Model(ModelError::ContextFull { .. } | ModelError::Grammar { .. }) => false,
        BackendError::Model(_)
        | BackendError::QueueFull { .. }
        | BackendError::EngineStopped { .. }
        | BackendError::Scripted { .. } => true,
        _ => false,
    }
}

fn end(
    record: &Run,
    progress: &Progress,
    answer: Answer,
    used: Option<&StepUsage>,
    stop: Stop,
) -> Outcome {
    let written = record.finish(&answer.entries(), used, &stop.ending());
    outcome(record, progress, answer, stop, written.err())
}

fn outcome(
    record: &Run,
    progress: &Progress,
    answer: Answer,
    stop: Stop,
    store_error: Option<StoreError>,
) -> Outcome {
    // A run that failed anyway keeps its own reason.
    let stop = match &store_error {
        Some(error) if stop.exit_code() == 0 => Stop::StoreFailed {
            reason: error.to_string(),
        },
        Some(_) | None => stop,
    };
    Outcome {
        run: record.id(),
        stop,
        output: answer.text,
        tool_calls: answer.tool_calls,
        usage: progress.usage,
        usd: progress.usd,
        elapsed_ms: record.elapsed().as_millis() as u64,
        store_error,
    }
}

#[cfg(test)]
mod tests;
