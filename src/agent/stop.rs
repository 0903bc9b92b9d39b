use aldo_backends::BackendError;

use crate::failure::Kind;
use crate::store::{Ending, Status};

/// Why an agent stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// The model ended its answer.
    Completed,
    /// The answer mentions the text the agent was to stop at.
    TextMention {
        /// The text.
        text: String,
    },
    /// A tool's result has the text the agent was to stop at.
    ToolResult {
        /// The tool.
        tool: String,
        /// The text.
        text: String,
    },
    /// The budget is used up, at which the agent was to stop.
    BudgetExhausted,
    /// The agent made exactly the same calls again and again.
    Repeating {
        /// The first of them.
        tool: String,
        /// How often.
        times: u32,
    },
    /// The model went on writing tool calls that cannot be read.
    MalformedToolCall {
        /// What is wrong with the last one.
        reason: String,
    },
    /// The agent promises JSON and the answer is none.
    InvalidJson {
        /// What is wrong with it.
        reason: String,
    },
    /// The answer reached the most tokens it may have, so it is not whole.
    LengthLimit {
        /// So many tokens.
        tokens: u64,
    },
    /// The agent used up its turns.
    MaxTurns {
        /// So many turns.
        turns: u32,
    },
    /// The agent used up its cycles: turns with tools.
    MaxCycles {
        /// So many cycles.
        cycles: u32,
    },
    /// The prompt, the tools and the least of the conversation are more than the model reads.
    DoesNotFit {
        /// About how many tokens they have.
        tokens: u64,
        /// Of those, tokens of the prompt.
        prompt: u64,
        /// Of those, tokens of what is told of tools.
        tools: u64,
        /// How many tokens the model reads.
        window: u64,
    },
    /// The run read or wrote more tokens than it may.
    MaxTokens {
        /// How many it may.
        tokens: u64,
    },
    /// The run cost more than it may.
    MaxUsd {
        /// How many US dollars it may.
        usd: f64,
    },
    /// The run took longer than it may.
    WallClock {
        /// How many seconds it may.
        seconds: u64,
    },
    /// The agents of a supervisor went through their rounds without the text that ends them.
    MaxRounds {
        /// So many rounds.
        rounds: u32,
    },
    /// None of those reported success whose success counts.
    NoSuccess {
        /// Their names, as they are shown.
        roles: String,
    },
    /// An agent of a supervisor did not do what it is for.
    SubagentFailed {
        /// What its output is called.
        agent: String,
        /// The name of its own reason.
        stop: &'static str,
        /// A sentence about that, where the name does not say all.
        reason: String,
        /// The exit code of that reason.
        exit_code: u8,
    },
    /// An agent was started with inputs it cannot work with.
    BadInputs {
        /// What is wrong with them.
        reason: String,
    },
    /// The user stopped it.
    Canceled,
    /// Whoever read the answer has gone.
    OutputClosed,
    /// No model may answer.
    Refused {
        /// Why not.
        reason: String,
    },
    /// The model or its engine failed.
    BackendFailed {
        /// What it says.
        reason: String,
    },
    /// A step could not be written down, so nothing more was done.
    StoreFailed {
        /// Why not.
        reason: String,
    },
}

impl Stop {
    /// Returns how a supervisor ends whose agent `agent` ended with `stop`.
    pub(crate) fn of_subagent(agent: &str, stop: &Self) -> Self {
        Self::SubagentFailed {
            agent: agent.to_owned(),
            stop: stop.name(),
            reason: stop.message().unwrap_or_default(),
            exit_code: stop.exit_code(),
        }
    }

    /// Returns how a run ends in which none of `roles` reported success.
    pub(crate) fn no_success(roles: &[String]) -> Self {
        let quoted: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        let roles = quoted.join(", ");
        Self::NoSuccess { roles }
    }

    /// Returns the name scripts and the store read.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::TextMention { .. } => "text_mention",
            Self::ToolResult { .. } => "tool_result",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Repeating { .. } => "repeating",
            Self::MalformedToolCall { .. } => "malformed_tool_call",
            Self::InvalidJson { .. } => "invalid_json",
            Self::LengthLimit { .. } => "length_limit",
            Self::MaxTurns { .. } => "max_turns",
            Self::MaxCycles { .. } => "max_cycles",
            Self::DoesNotFit { .. } => "does_not_fit",
            Self::MaxTokens { .. } => "max_tokens",
            Self::MaxUsd { .. } => "max_usd",
            Self::WallClock { .. } => "wall_clock",
            Self::MaxRounds { .. } => "max_rounds",
            Self::NoSuccess { .. } => "no_success",
            Self::SubagentFailed { .. } => "subagent_failed",
            Self::BadInputs { .. } => "bad_inputs",
            Self::Canceled => "canceled",
            Self::OutputClosed => "output_closed",
            Self::Refused { .. } => "refused",
            Self::BackendFailed { .. } => "backend_failed",
            Self::StoreFailed { .. } => "store_failed",
        }
    }

    /// Returns the exit code, which follows from the kind of failure.
    pub fn exit_code(&self) -> u8 {
        self.kind().map_or(0, Kind::exit_code)
    }

    /// Returns what sort of failure this is; `None` where the agent did what it is for, or nobody
    /// reads the answer any more.
    pub(crate) fn kind(&self) -> Option<Kind> {
        let kind = match self {
            Self::Completed
            | Self::TextMention { .. }
            | Self::ToolResult { .. }
            | Self::BudgetExhausted
            | Self::OutputClosed => return None,
            Self::Repeating { .. }
            | Self::MaxCycles { .. }
            | Self::DoesNotFit { .. }
            | Self::MalformedToolCall { .. }
            | Self::InvalidJson { .. }
            | Self::LengthLimit { .. }
            | Self::MaxTurns { .. }
            | Self::MaxTokens { .. }
            | Self::MaxUsd { .. }
            | Self::WallClock { .. }
            | Self::MaxRounds { .. }
            | Self::NoSuccess { .. }
            | Self::StoreFailed { .. } => Kind::Failed,
            Self::SubagentFailed { exit_code, .. } => Kind::of_exit_code(*exit_code),
            Self::BadInputs { .. } => Kind::Usage,
            Self::Refused { .. } => Kind::Refused,
            Self::BackendFailed { .. } => Kind::Backend,
            Self::Canceled => Kind::Interrupted,
        };
        Some(kind)
    }

    /// Returns where a run stands that stopped for this reason.
    pub fn status(&self) -> Status {
        match self {
            Self::Completed
            | Self::TextMention { .. }
            | Self::ToolResult { .. }
            | Self::BudgetExhausted => Status::Completed,
            Self::Canceled | Self::OutputClosed => Status::Canceled,
            Self::Repeating { .. }
            | Self::MaxCycles { .. }
            | Self::DoesNotFit { .. }
            | Self::MalformedToolCall { .. }
            | Self::InvalidJson { .. }
            | Self::LengthLimit { .. }
            | Self::MaxTurns { .. }
            | Self::MaxTokens { .. }
            | Self::MaxUsd { .. }
            | Self::WallClock { .. }
            | Self::MaxRounds { .. }
            | Self::NoSuccess { .. }
            | Self::SubagentFailed { .. }
            | Self::BadInputs { .. }
            | Self::Refused { .. }
            | Self::BackendFailed { .. }
            | Self::StoreFailed { .. } => Status::Failed,
        }
    }

    /// Returns a sentence about the reason; `None` where the agent did what it is for.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Completed
            | Self::TextMention { .. }
            | Self::ToolResult { .. }
            | Self::BudgetExhausted => None,
            Self::Repeating { tool, times } => Some(format!(
                "the agent made the same call of `{tool}` {times} times in a row"
            )),
            Self::MaxCycles { cycles } => Some(format!("the agent used up its {cycles} cycles")),
            Self::DoesNotFit {
                tokens,
                prompt,
                tools,
                window,
            } => Some(format!(
                "the conversation needs about {tokens} tokens ({prompt} of them the prompt, {tools} the \
                 tools), and the model reads {window}"
            )),
            Self::MalformedToolCall { reason } => Some(format!(
                "the model keeps writing tool calls that cannot be read: {reason}"
            )),
            Self::InvalidJson { reason } => Some(format!("the answer is not JSON: {reason}")),
            Self::LengthLimit { tokens } => {
                Some(format!("the answer was cut off after {tokens} tokens"))
            }
            Self::MaxTurns { turns } => Some(format!("the agent used up its {turns} turns")),
            Self::MaxTokens { tokens } => Some(format!(
                "a step may read {tokens} tokens, and more were needed"
            )),
            Self::MaxUsd { usd } => Some(format!("the run may cost ${usd:.6}, and cost more")),
            Self::WallClock { seconds } => Some(format!("the run may take {seconds} s")),
            Self::MaxRounds { rounds } => Some(format!(
                "the text that ends the rounds was not written in {rounds} of them"
            )),
            Self::NoSuccess { roles } => Some(format!("no success was reported by {roles}")),
            Self::SubagentFailed {
                agent,
                stop,
                reason,
                ..
            } => Some(format!("`{agent}` stopped with `{stop}`: {reason}")),
            Self::Canceled => Some("canceled".to_owned()),
            Self::OutputClosed => Some("the reader of the answer has gone".to_owned()),
            Self::BadInputs { reason }
            | Self::Refused { reason }
            | Self::BackendFailed { reason }
            | Self::StoreFailed { reason } => Some(reason.clone()),
        }
    }

    /// Returns how the store writes the end down.
    pub fn ending(&self) -> Ending {
        Ending {
            status: self.status(),
            stop: self.name(),
            reason: self.message(),
        }
    }
}

/// Names the end of a run whose backend failed, or which may not go where it was to go.
pub(super) fn of_backend(error: &BackendError) -> Stop {
    let reason = error.to_string();
    match error {
        BackendError::Privacy(_) => Stop::Refused { reason },
        _ => Stop::BackendFailed { reason },
    }
}
