//! Asks a server which runtime it is and what it serves.
//!
//! A server is recognised by what it says, never by its port. That it lists a model does not mean
//! that the model works: listing is not health.

use std::time::Duration;

use crate::net::{Endpoint, NetError, Reach};
use crate::runtimes::Runtime;

/// How long a probe takes at most, unless told otherwise.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(1);

/// What a probe found.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// The runtime answers as itself.
    Serving {
        /// Its version, where it says one.
        version: Option<String>,
        /// What it serves; may be empty.
        models: Vec<ServedModel>,
    },
    /// Nobody answers, or not in time, or it is still starting.
    NotRunning {
        /// Why, readable.
        reason: String,
    },
    /// Somebody answers, and not as this runtime does.
    Unexpected {
        /// Who it is instead, when that can be told.
        found: Option<Server>,
        /// What is wrong, readable.
        reason: String,
    },
}

/// A server, recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// One of the runtimes.
    Runtime(Runtime),
    /// Another program that is known by name.
    Other(&'static str),
    /// Something that lists models as `OpenAI` does.
    OpenAiCompatible,
}

/// A model that a server lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServedModel {
    /// The name to ask for.
    pub id: String,
    /// How many tokens it reads, as far as the server says.
    pub context_tokens: Option<u64>,
    /// What the server says it can do, in the words of agents.
    pub capabilities: Vec<String>,
    /// What the server says it cannot do, in the same words.
    pub lacks: Vec<String>,
    /// Whether the server forwards it to another machine.
    pub remote: bool,
    /// Whether it is in memory.
    pub loaded: Option<bool>,
}

/// A model may be computed on another machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotLocal {
    /// Why.
    pub reason: String,
}

impl Server {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Runtime(runtime) => runtime.title(),
            Self::Other(name) => name,
            Self::OpenAiCompatible => "an OpenAI-compatible server",
        }
    }
}

/// Asks whether `runtime` answers at `base_url`, and what it serves. Takes at most `deadline`.
pub async fn probe(runtime: Runtime, base_url: &str, reach: Reach, deadline: Duration) -> Probe {
    let _ = (runtime, deadline);
    let reason = match Endpoint::new(base_url, reach) {
        Ok(_) => NetError::NotBuilt.to_string(),
        Err(error) => error.to_string(),
    };
    Probe::NotRunning { reason }
}

/// Asks whoever answers at `base_url` who it is and what it serves; `None` when nobody answers with
/// a list of models. Takes at most `deadline`.
pub async fn recognise(
    base_url: &str,
    reach: Reach,
    deadline: Duration,
) -> Option<(Server, Vec<ServedModel>)> {
    let _ = (base_url, reach, deadline);
    None
}

/// Asks `runtime` once more whether it computes `model` on this machine. A loopback address is no
/// proof: a runtime may forward a model.
///
/// # Errors
/// [`NotLocal`] whenever the answer is not a clear yes.
pub async fn is_truly_local(
    runtime: Runtime,
    base_url: &str,
    model: &str,
    deadline: Duration,
) -> Result<(), NotLocal> {
    let _ = (runtime, model, deadline);
    let error = Endpoint::new(base_url, Reach::Loopback)
        .err()
        .unwrap_or(NetError::NotBuilt);
    Err(NotLocal {
        reason: error.to_string(),
    })
}
