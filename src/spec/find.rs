//! Where agents come from: the project's folders, the user's, then the agency in the binary.

use std::path::PathBuf;

use serde::Serialize;

use super::agent::AgentSpec;
use super::error::SpecError;
use crate::capabilities::PrivacyTier;

/// The places agents are looked for in.
#[derive(Debug, Clone)]
pub struct Agents {
    /// The folder whose `agents` and `agency` belong to the project, usually the working directory.
    pub project: PathBuf,
    /// The user's own `agents` folder.
    pub user: Option<PathBuf>,
    /// The tier of a spec that names none: `ALDO_DEFAULT_PRIVACY`.
    pub default_tier: PrivacyTier,
}

/// Where one agent comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A file the user named.
    Named,
    /// `./agents` or `./agency`.
    Project,
    /// The user's configuration folder.
    User,
    /// Compiled into the binary.
    Builtin,
}

/// An agent that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The agent.
    pub spec: AgentSpec,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// What was ignored or tightened, for stderr.
    pub warnings: Vec<String>,
}

/// One row of `aldo agents ls`.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The agent's name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// The agent, or what is wrong with its spec.
    pub spec: Result<AgentSpec, SpecError>,
}

/// Why an agent cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// No place has it.
    #[error("no agent named `{name}`")]
    Unknown {
        /// The name as asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// Its spec is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

impl Agents {
    /// Returns the agent called `name`, or the one in the file `name` when it is a path.
    ///
    /// # Errors
    /// [`AgentError`] when there is none, or its spec is wrong.
    pub fn find(&self, name: &str) -> Result<Found, AgentError> {
        let _ = name;
        unimplemented!("specs land with the next merge")
    }

    /// Returns every agent, one row a name, by name.
    pub fn list(&self) -> Vec<Listing> {
        unimplemented!("specs land with the next merge")
    }
}
