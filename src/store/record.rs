//! What the store gives back: a run, its events, its usage.

use aldo_backends::Usage;
use jiff::Timestamp;
use serde_json::Value;

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// The agent's name.
    pub agent: String,
    /// The agent's version.
    pub agent_version: String,
    /// The project it was started for.
    pub project: Option<String>,
    /// The privacy tier it ran at.
    pub privacy_tier: String,
    /// The model that answered; nothing when none may.
    pub model: Option<String>,
    /// Who served it.
    pub provider: Option<String>,
    /// Where it was served.
    pub locality: Option<String>,
    /// Where the run stands.
    pub status: Status,
    /// The name of the reason it stopped.
    pub stop: Option<String>,
    /// A sentence about that reason.
    pub error: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, on the monotonic clock.
    pub elapsed_ms: Option<i64>,
    /// What its steps used together.
    pub usage: UsageRecord,
    /// The id of the run that started it.
    pub parent: Option<String>,
    /// The id of the run whose steps it goes on from.
    pub origin: Option<String>,
    pub(super) number: i64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its process lives and has not ended it.
    Running,
    /// It did what the agent is for.
    Completed,
    /// It did not.
    Failed,
    /// The user stopped it.
    Canceled,
    /// Its process ended before the run did.
    Interrupted,
}

/// What steps used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UsageRecord {
    /// Tokens read.
    pub tokens_in: i64,
    /// Of those, tokens still in the KV cache.
    pub tokens_cached: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// Of those, tokens of reasoning.
    pub tokens_reasoning: i64,
    /// US dollars.
    pub usd: f64,
}

impl UsageRecord {
    /// Returns its tokens; how long they took is not kept with a run.
    pub fn tokens(&self) -> Usage {
        let count = |tokens: i64| u64::try_from(tokens).unwrap_or_default();
        Usage {
            tokens_in: count(self.tokens_in),
            tokens_cached: count(self.tokens_cached),
            tokens_out: count(self.tokens_out),
            tokens_reasoning: count(self.tokens_reasoning),
            ..Usage::default()
        }
    }
}

/// One entry of a run, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Its place in the run, counted from 0 without gaps.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What it is; kinds this program does not know are kept as they are.
    pub kind: String,
    /// Its content.
    pub body: Value,
}

impl Status {
    const ALL: [Self; 5] = [
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Interrupted,
    ];

    /// Returns the word the status is stored and shown under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Reads the word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}
