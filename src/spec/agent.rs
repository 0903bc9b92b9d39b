//! One agent, checked: what both forms of the YAML become.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::beside::Beside;
use super::check;
use super::inputs::{self, InputError, Inputs, Prompt, RenderedPrompt};
use super::policy::ModelPolicy;
use super::sections::{Composite, EvalGate, Iteration, Memory, Sandbox, SchemaRef, Termination};
use super::tools::Tools;
use crate::capabilities::PrivacyTier;
use crate::router::Need;
use crate::yaml::{self, Fault, FileError};

/// Tokens a step may write where the spec sets no limit.
const TOKENS_OUT_DEFAULT: u64 = 1024;

/// An agent: who it is, what it asks of a model, what it may do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentSpec {
    /// Who it is.
    pub identity: Identity,
    /// Its place among other agents.
    pub role: Role,
    /// What it asks of a model, its privacy tier among it.
    pub model_policy: ModelPolicy,
    /// What it is told.
    pub prompt: Prompt,
    /// What it may call.
    pub tools: Tools,
    /// What it remembers.
    pub memory: Memory,
    /// The agents it may start.
    pub spawn_allowed: Vec<String>,
    /// What it is given to work on.
    pub inputs: Inputs,
    /// The shape of its outputs.
    pub outputs: SchemaRef,
    /// The suites it must pass.
    pub eval_gate: EvalGate,
    /// The children it is made of, for a supervisor.
    pub composite: Option<Composite>,
    /// How long its loop may go on, for a looping agent.
    pub iteration: Option<Iteration>,
    /// When it must stop.
    pub termination: Termination,
    /// How the programs it runs are held.
    pub sandbox: Sandbox,
}

/// Who an agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its name: up to 64 of `a-z`, `0-9`, `-` and `_`, a letter or digit first.
    pub name: String,
    /// Its version, `0.1.0` when none is given.
    pub version: String,
    /// One sentence for lists.
    pub description: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// An agent's place among others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// The team it is in.
    pub team: Option<String>,
    /// The agent it reports to.
    pub reports_to: Option<String>,
    /// How it works, such as `worker` or `supervisor`.
    pub pattern: Option<String>,
}

impl AgentSpec {
    /// Reads and checks the spec at `path`; `default_tier` holds where the spec names none.
    ///
    /// # Errors
    /// [`FileError`] with every fault found and its line and column.
    pub fn load(path: &Path, default_tier: PrivacyTier) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        let text = yaml::read_text(path).map_err(|reason| {
            FileError::one(&shown, Fault::at_top(format!("the file {reason}")))
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, &shown, Beside::Folder(folder), default_tier)
    }

    /// Checks the text of a spec; `path` is for messages and gives a nameless one its name.
    pub(super) fn parse(
        text: &str,
        path: &str,
        beside: Beside<'_>,
        default_tier: PrivacyTier,
    ) -> Result<Self, FileError> {
        if text.len() as u64 > yaml::FILE_BYTES_MAX {
            return Err(FileError::one(
                path,
                Fault::at_top("the file is larger than 1 MB".into()),
            ));
        }
        let raw = yaml::read(text).map_err(|fault| FileError::one(path, fault))?;
        let stem = Path::new(path)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        check::agent(raw, stem.as_deref(), beside, default_tier)
            .map_err(|faults| FileError::new(path, faults))
    }

    /// Returns the agent's name.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// Returns the agent's privacy tier.
    pub fn tier(&self) -> PrivacyTier {
        self.model_policy.privacy_tier
    }

    /// Returns how many tokens a step may write.
    pub fn tokens_out_max(&self) -> u64 {
        self.model_policy
            .budget
            .tokens_out_max
            .unwrap_or(TOKENS_OUT_DEFAULT)
    }

    /// Returns what one step asks of the router: `tokens_in` to be read, `usd_left` to be spent
    /// (the spec's own budget holds as well), and only `model` where one is named.
    pub fn need(&self, tokens_in: u64, usd_left: Option<f64>, model: Option<String>) -> Need {
        let policy = &self.model_policy;
        let classes = std::iter::once(&policy.primary)
            .chain(&policy.fallbacks)
            .cloned()
            .collect();
        let limits = [
            usd_left,
            policy.budget.usd_per_run,
            self.termination.max_usd,
        ];
        Need {
            agent: self.identity.name.clone(),
            tier: policy.privacy_tier,
            classes,
            requires: policy.capability_requirements.clone(),
            tokens_in,
            tokens_out_max: self.tokens_out_max(),
            usd_left: limits.into_iter().flatten().reduce(f64::min),
            latency_p95_ms: policy.latency_p95_ms,
            model,
        }
    }

    /// Returns the inputs of a run as an object: those that were `given`, and defaults for the others.
    ///
    /// # Errors
    /// [`InputError`] when an input is missing or the inputs are no object.
    pub fn complete(&self, given: &Value) -> Result<Map<String, Value>, InputError> {
        self.inputs.complete(&self.identity.name, given)
    }

    /// Makes the first messages of a run out of the prompt and `given` inputs; `null` where none were given.
    ///
    /// # Errors
    /// [`InputError`] when an input is missing or the inputs are no object.
    pub fn render(&self, given: &Value) -> Result<RenderedPrompt, InputError> {
        inputs::render(&self.identity.name, &self.prompt, &self.inputs, given)
    }
}

#[cfg(test)]
mod tests;
