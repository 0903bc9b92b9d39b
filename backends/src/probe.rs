//! Asks a server which runtime it is and what it serves.
//!
//! A server is recognised by what it says, never by its port. That it lists a model does not mean
//! that the model works: listing is not health.

mod asker;
mod identify;
mod listing;
mod local;
mod ollama;
mod runtimes;

use std::time::Duration;

use crate::net::{NetError, Reach};
use crate::runtimes::Runtime;
use asker::{Asker, Odd};
pub use local::{NotLocal, is_truly_local};

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
    let not_running = |reason| Probe::NotRunning { reason };
    let asker = match Asker::new(base_url, reach, deadline) {
        Ok(asker) => asker,
        Err(error) => return not_running(error.to_string()),
    };
    match runtimes::ask(runtime, &asker).await {
        Ok((version, models)) => Probe::Serving { version, models },
        Err(Odd::Net(error)) => absent(&error),
        Err(Odd::Starting) => not_running("it is still loading a model".to_owned()),
        Err(Odd::Unexpected(reason)) => Probe::Unexpected {
            found: None,
            reason,
        },
        Err(Odd::Other(server)) => Probe::Unexpected {
            found: Some(server),
            reason: format!("{} answers there, not {}", server.name(), runtime.title()),
        },
    }
}

/// Nobody, or somebody who does not speak HTTP.
fn absent(error: &NetError) -> Probe {
    let reason = error.to_string();
    match error {
        NetError::Broken { .. } | NetError::TooLong { .. } => Probe::Unexpected {
            found: None,
            reason,
        },
        NetError::BadUrl { .. }
        | NetError::NotLoopback { .. }
        | NetError::NotEncrypted { .. }
        | NetError::Offline { .. }
        | NetError::NoTls { .. }
        | NetError::NotBuilt
        | NetError::NoClient { .. }
        | NetError::BadHeader { .. }
        | NetError::Unreachable { .. }
        | NetError::Timeout { .. } => Probe::NotRunning { reason },
    }
}

/// Asks whoever answers at `base_url` who it is and what it serves; `None` when nobody answers with
/// a list of models. Takes at most `deadline`.
pub async fn recognise(
    base_url: &str,
    reach: Reach,
    deadline: Duration,
) -> Option<(Server, Vec<ServedModel>)> {
    let asker = Asker::new(base_url, reach, deadline).ok()?;
    let (server, models) = identify::who(&asker).await.ok()?;
    let Server::Runtime(runtime) = server else {
        return Some((server, models));
    };
    // The runtime's own pages say more than the list that all servers have.
    match runtimes::ask(runtime, &asker).await {
        Ok((_, models)) => Some((server, models)),
        Err(_) => Some((server, models)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
