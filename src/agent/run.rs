//! The loop itself.

use std::ops::ControlFlow;

use aldo_backends::{
    Backend, Event, Finish, Message, Request, Sampling, ToolCall, ToolSpec, Usage,
};

use super::answer::Answer;
use super::cancel::Cancel;
use super::limits::Limits;
use super::stop::Stop;
use super::turn::{Cut, ask};
use crate::candidate::Candidate;
use crate::spec::{AgentSpec, DecodingMode, TerminationCondition};
use crate::store::{Entry, Run, RunId, StepUsage, StoreError};

/// Turns in a row that may hold a tool call nobody can read.
const MALFORMED_TURNS_MAX: u32 = 3;

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

/// What follows a turn.
enum Next {
    /// The end.
    Stop(Stop),
    /// Another turn, after these messages.
    Turn(Vec<Message>),
}

struct Loop<'a> {
    task: Task<'a>,
    usage: Usage,
    usd: f64,
    turns: u32,
    malformed_turns: u32,
}

/// Runs an agent until it stops, writing each step to `run` before the next one begins.
pub async fn run(
    task: Task<'_>,
    backend: &dyn Backend,
    run: Run,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> Outcome {
    let _ = (task, backend, run, cancel, show);
    unimplemented!("the loop lands with the next merge")
}
