//! What is asked of the hosted plane, and what it says.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

/// Where the hosted plane is, and what opens it.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    /// The base URL: `https`, or loopback.
    pub(crate) url: String,
    /// The token, which goes to that URL and nowhere else.
    pub(crate) token: SecretString,
    /// Whether only loopback may be connected to.
    pub(crate) offline: bool,
}

/// How long is waited for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// For a connection.
    pub(crate) connect_max: Duration,
    /// For a whole reply.
    pub(crate) reply_max: Duration,
    /// Between two looks at a run.
    pub(crate) poll_every: Duration,
    /// For a run to end, from the moment it is asked for.
    pub(crate) run_max: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect_max: Duration::from_secs(10),
            reply_max: Duration::from_secs(30),
            poll_every: Duration::from_millis(1500),
            run_max: Duration::from_mins(10),
        }
    }
}

/// A run to be started.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    /// The agent's name there.
    pub(crate) agent: String,
    /// Its version; without one the plane takes its own.
    pub(crate) agent_version: Option<String>,
    /// What it works on; `null` where nothing was given.
    pub(crate) inputs: Value,
    /// The project the run is for.
    pub(crate) project: Option<String>,
}

/// Something to say while a run goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// The run has this status from now on.
    Status {
        /// Its id on the hosted plane.
        run: String,
        /// The plane's word.
        status: String,
    },
    /// A look at the run failed; the next one follows.
    PollFailed {
        /// Its id on the hosted plane.
        run: String,
        /// What happened, in a sentence.
        reason: String,
    },
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finished {
    /// Its id on the hosted plane.
    pub(crate) run: String,
    /// How it ended.
    pub(crate) end: End,
    /// What the agent answered.
    pub(crate) output: String,
    /// Why it failed, in the plane's words.
    pub(crate) reason: Option<String>,
    /// The model that answered last, where the plane says so.
    pub(crate) model: Option<String>,
    /// Who served it.
    pub(crate) provider: Option<String>,
    /// What each step used.
    pub(crate) used: Vec<Used>,
    /// What the run cost, in US dollars.
    pub(crate) usd: f64,
}

/// How a run on the hosted plane ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The agent did what it is for.
    Completed,
    /// It did not.
    Failed,
    /// Somebody or something there did not allow it.
    Rejected,
    /// Somebody there stopped it.
    Canceled,
}

impl End {
    /// Reads a status; nothing for a run that goes on.
    pub(crate) fn of(status: &str) -> Option<Self> {
        match status {
            "completed" => Some(Self::Completed),
            "failed" => Some(Self::Failed),
            "rejected" => Some(Self::Rejected),
            "canceled" | "cancelled" => Some(Self::Canceled),
            _ => None,
        }
    }

    /// Returns the word of the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
        }
    }
}

/// What one step there used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Used {
    /// Who served the model.
    pub(crate) provider: String,
    /// The model.
    pub(crate) model: String,
    /// Tokens read.
    pub(crate) tokens_in: u64,
    /// Tokens written.
    pub(crate) tokens_out: u64,
    /// US dollars.
    pub(crate) usd: f64,
}
