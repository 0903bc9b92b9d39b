use aldo_backends::{BackendError, Message, Request, Sampling, ToolCall, Usage};

use super::calls::Known;
use super::conversation::Conversation;
use super::fit::Fitted;
use super::limits::Limits;
use super::progress::Progress;
use super::spending::Spending;
use super::stop::{self, Stop};
use crate::candidate::Candidate;
use crate::spec::AgentSpec;
use crate::store::{Run, RunId, StoreError};
use crate::tools::Toolbox;

/// What an agent is to do, and with which model.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The agent.
    pub spec: &'a AgentSpec,
    /// The model that was chosen.
    pub candidate: &'a Candidate,
    /// Where the conversation stands, which is on disk.
    pub start: Start,
    /// The tools it may call.
    pub toolbox: &'a Toolbox,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The most tokens an answer may have.
    pub tokens_max: usize,
    /// What the run may use up.
    pub limits: Limits,
}

/// Where a run stands before the model is asked.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// What has been said.
    pub conversation: Conversation,
    /// The calls of the last answer that have not all come to an end.
    pub pending: Option<Pending>,
    /// What was used up.
    pub progress: Progress,
}

/// Calls that have not all come to an end; their answer is the last step of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The calls.
    pub(super) calls: Vec<ToolCall>,
    /// What is known of them.
    pub(super) known: Known,
}

impl Start {
    /// Returns where a run stands that begins with `first` and spends together with others.
    pub fn under(spending: Spending, first: Vec<Message>) -> Self {
        Self {
            conversation: Conversation::new(first),
            progress: Progress::under(spending),
            pending: None,
        }
    }

    /// Returns the same for an agent that spends together with others from now on.
    #[must_use]
    pub fn within(self, spending: Spending) -> Self {
        Self {
            progress: self.progress.within(spending),
            ..self
        }
    }

    /// Returns where a run stands that begins with `first`.
    pub fn new(first: Vec<Message>) -> Self {
        Self {
            conversation: Conversation::new(first),
            ..Self::default()
        }
    }
}

impl Task<'_> {
    /// Makes the request of what fits.
    pub(super) fn request(&self, fitted: Fitted) -> Request {
        Request {
            tools: fitted.tools,
            sampling: self.sampling.clone(),
            tokens_max: self.tokens_max,
            response: self.spec.model_policy.decoding.response(),
            ..Request::new(fitted.messages)
        }
    }
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
    /// The agent is a supervisor, and said what it says before its agents work; the run goes on with them.
    Spoken(Box<Spoken>),
    /// The model failed before it said anything. It is marked, and the run goes on with another one,
    /// or ends with [`Unanswered::end`].
    Unanswered(Unanswered),
}

/// A supervisor that has said what it says.
#[derive(Debug)]
pub struct Spoken {
    /// The run, not ended yet.
    pub record: Run,
    /// What it said.
    pub output: String,
    /// What that used.
    pub usage: Usage,
    /// What that cost, in US dollars.
    pub usd: f64,
}

/// A run whose model failed before it said anything.
#[derive(Debug)]
pub struct Unanswered {
    /// The run, not ended yet.
    pub record: Run,
    /// What the model's backend says.
    pub error: BackendError,
}

impl Spoken {
    /// Ends the run with what was said, for a supervisor whose agents do not work.
    pub fn end(self) -> Outcome {
        let outcome = end(&self.record, Stop::Completed);
        Outcome {
            output: self.output,
            usage: self.usage,
            usd: self.usd,
            ..outcome
        }
    }
}

impl Unanswered {
    /// Ends the run for what the last model said.
    pub fn end(self) -> Outcome {
        end(&self.record, stop::of_backend(&self.error))
    }
}

/// Ends a run that no model has said anything in.
pub fn end(record: &Run, stop: Stop) -> Outcome {
    super::run::finish(record, &Progress::default(), None, stop)
}
