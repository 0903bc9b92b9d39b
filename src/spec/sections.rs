//! The sections of a spec that stand for themselves: memory, supervision, loops, gates.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits;

/// What an agent remembers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// Scopes it reads.
    pub read: Vec<String>,
    /// Scopes it writes.
    pub write: Vec<String>,
    /// How long a scope is kept, as written.
    pub retention: Option<Value>,
}

/// The shape of outputs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SchemaRef {
    /// The file with the JSON Schema.
    pub schema_ref: Option<String>,
}

/// The suites an agent must pass.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvalGate {
    /// Each with the score it asks for.
    pub required_suites: Vec<RequiredSuite>,
}

/// One suite an agent must pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredSuite {
    /// The suite's id.
    pub suite: String,
    /// The least weighted pass ratio, from 0 to 1.
    #[serde(deserialize_with = "limits::ratio")]
    #[schemars(range(min = 0, max = 1))]
    pub min_score: f64,
}

/// The children a supervisor is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Composite {
    /// In what order they run.
    pub strategy: Strategy,
    /// The children.
    pub subagents: Vec<Subagent>,
    /// The agent that joins their outputs.
    #[serde(default)]
    pub aggregator: Option<String>,
    /// The rounds of `iterative`.
    #[serde(default)]
    pub iteration: Option<CompositeIteration>,
}

/// In what order children run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// One after another, each given what the last one wrote.
    Sequential,
    /// All at once on the same input.
    Parallel,
    /// All at once, then the aggregator.
    Debate,
    /// Again and again until `terminate`.
    Iterative,
}

impl Strategy {
    /// Returns the word of a spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Parallel => "parallel",
            Self::Debate => "debate",
            Self::Iterative => "iterative",
        }
    }
}

/// One child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subagent {
    /// The agent's name.
    pub agent: String,
    /// What its output is called.
    #[serde(default, rename = "as")]
    pub alias: Option<String>,
    /// From the child's inputs to where each comes from.
    #[serde(default)]
    pub input_map: BTreeMap<String, String>,
}

/// The rounds of `iterative`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompositeIteration {
    /// At most so many, at least one.
    #[serde(deserialize_with = "limits::at_least_one")]
    #[schemars(range(min = 1))]
    pub max_rounds: u32,
    /// The text that ends them.
    #[serde(default)]
    pub terminate: Option<String>,
}

/// How long an agent's own loop may go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Iteration {
    /// At most so many cycles, at least one.
    #[serde(deserialize_with = "limits::at_least_one")]
    #[schemars(range(min = 1))]
    pub max_cycles: u32,
    /// Tokens of history kept; the model's own window when absent.
    #[serde(default)]
    pub context_window: Option<u64>,
    /// How history is shortened.
    #[serde(default)]
    pub summary_strategy: SummaryStrategy,
    /// What ends the loop early.
    #[serde(default)]
    pub termination_conditions: Vec<TerminationCondition>,
}

/// How history is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SummaryStrategy {
    /// The oldest turns are dropped.
    #[default]
    RollingWindow,
    /// The oldest turns are summed up from time to time.
    PeriodicSummary,
}

impl SummaryStrategy {
    /// Returns the word of the spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RollingWindow => "rolling-window",
            Self::PeriodicSummary => "periodic-summary",
        }
    }
}

/// What ends a loop early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TerminationCondition {
    /// The answer contains a text.
    TextIncludes {
        /// The text.
        text: String,
    },
    /// A tool's result contains a text.
    ToolResult {
        /// The tool.
        tool: String,
        /// The text.
        includes: String,
    },
    /// The budget is used up.
    BudgetExhausted,
}

/// How the programs an agent runs are held, beside what `tools.permissions` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// The most milliseconds a program may take, at least one.
    #[serde(
        deserialize_with = "limits::some_at_least_one",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(range(min = 1))]
    pub timeout_ms: Option<u64>,
}

/// When an agent must stop.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Termination {
    /// After so many turns of the model, at least one.
    #[serde(deserialize_with = "limits::some_at_least_one")]
    #[schemars(range(min = 1))]
    pub max_turns: Option<u32>,
    /// After so many US dollars.
    #[serde(deserialize_with = "limits::some_usd")]
    #[schemars(range(min = 0))]
    pub max_usd: Option<f64>,
    /// When the answer mentions this text.
    pub text_mention: Option<String>,
    /// When one of these roles reports success.
    pub success_roles: Vec<String>,
}
