//! The loop itself.

use std::ops::ControlFlow;

use aldo_backends::{
    Backend, BackendError, Event, Message, ModelError, Request, Sampling, ToolCall, ToolSpec, Usage,
};

use super::answer::Answer;
use super::limits::Limits;
use super::progress::{Next, Progress};
use super::stop::{self, Stop};
use super::turn::{Cut, Patience, ask};
use crate::cancel::Cancel;
use crate::candidate::Candidate;
use crate::spec::AgentSpec;
use crate::store::{Entry, Run, RunId, StepUsage, StoreError};

/// Statuses of HTTP that speak of the request, not of who answers it.
const REQUEST_AT_FAULT: [u16; 3] = [400, 413, 422];

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

/// What came of giving a run to one model.
#[derive(Debug)]
pub enum Attempt {
    /// The run is over and written down.
    Ended(Box<Outcome>),
    /// The model failed before it said anything. It is marked, and the run goes on with another one,
    /// or ends with [`Unanswered::end`].
    Unanswered(Unanswered),
}

/// A run whose model failed before it said anything.
#[derive(Debug)]
pub struct Unanswered {
    /// The run, not ended yet.
    pub record: Run,
    /// What the model's backend says.
    pub error: BackendError,
}

impl Unanswered {
    /// Ends the run for what the last model said.
    pub fn end(self) -> Outcome {
        end(&self.record, stop::of_backend(&self.error))
    }
}

/// Ends a run that no model has said anything in.
pub fn end(record: &Run, stop: Stop) -> Outcome {
    finish(record, &Progress::default(), Answer::default(), None, stop)
}

/// Runs an agent until it stops, writing each step to `record` before the next one begins.
///
/// A model that fails in the first turn before anything came from it leaves the run to another one.
pub async fn run(
    task: &Task<'_>,
    backend: &dyn Backend,
    mut record: Run,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> Attempt {
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
            Some(Cut::Backend(error)) => {
                mark(task.candidate, &error, &record);
                if progress.is_first() && answer.is_empty() && may_try_another(&error) {
                    return Attempt::Unanswered(Unanswered { record, error });
                }
                Next::Stop(stop::of_backend(&error))
            }
            Some(Cut::Canceled) => Next::Stop(Stop::Canceled),
            Some(Cut::OutputClosed) => Next::Stop(Stop::OutputClosed),
            Some(Cut::WallClock) => Next::Stop(task.limits.wall_clock_stop()),
            None => progress.next(task.spec, &task.limits, record.elapsed(), &answer),
        };
        let more = match next {
            Next::Stop(stop) => {
                let outcome = finish(&record, &progress, answer, used.as_ref(), stop);
                return Attempt::Ended(Box::new(outcome));
            }
            Next::Turn(more) => more,
        };
        let mut entries = answer.entries();
        entries.extend(more.iter().cloned().map(Entry::Message));
        if let Err(error) = record.append(&entries, used.as_ref()) {
            let outcome = outcome(&record, &progress, answer, Stop::Completed, Some(error));
            return Attempt::Ended(Box::new(outcome));
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

/// Marks the model for all processes when it was the one to fail.
fn mark(candidate: &Candidate, error: &BackendError, record: &Run) {
    if blames_the_model(error) {
        let Candidate { provider, id, .. } = candidate;
        let reason = error.to_string();
        // The run fails for its own reason; a lost mark costs another failed call.
        let _ = record.store().mark_unhealthy(provider, id, &reason);
    }
}

/// Whether another call of the same model would likely fail as well, whatever it is asked.
fn blames_the_model(error: &BackendError) -> bool {
    match error {
        // The user's choice of device, what an answer must look like, and a conversation that is too
        // long, are nobody's illness.
        BackendError::Model(
            ModelError::ContextFull { .. } | ModelError::Device { .. } | ModelError::Grammar { .. },
        ) => false,
        BackendError::Status { status, .. } => !REQUEST_AT_FAULT.contains(status),
        BackendError::Model(_)
        | BackendError::QueueFull { .. }
        | BackendError::EngineStopped { .. }
        | BackendError::Scripted { .. }
        | BackendError::Unreachable { .. }
        | BackendError::Timeout { .. }
        | BackendError::Truncated { .. }
        | BackendError::BadReply { .. } => true,
        _ => false,
    }
}

/// Whether another model may do better. A device that the user chose is no better with another one.
fn may_try_another(error: &BackendError) -> bool {
    let device = matches!(error, BackendError::Model(ModelError::Device { .. }));
    error.is_retryable_elsewhere() && !device
}

fn finish(
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
