//! What became of asking a runtime.

use aldo_backends::{Runtime, Server};

use super::Discovered;
use crate::candidate::{Candidate, Unavailable, UnavailableKind};

/// What one address of a runtime answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// Who was asked for.
    pub(crate) runtime: Runtime,
    /// Where, as a base URL.
    pub(crate) address: String,
    /// What came back.
    pub(crate) reply: Reply,
}

/// The outcomes of asking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// The runtime answers and serves so many models.
    Serving {
        /// Its version, where it says one.
        version: Option<String>,
        /// How many models it serves; none is no fault.
        models: usize,
    },
    /// Nobody answers, or not in time.
    NotRunning {
        /// Why.
        reason: String,
    },
    /// Somebody answers, and not as this runtime does.
    Unexpected {
        /// Who it is instead, where that can be told.
        found: Option<Server>,
        /// What is wrong.
        reason: String,
    },
    /// It was not asked, since it may not be.
    NotAsked {
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// Returns the address as people read it, without `http://`.
    pub(crate) fn place(&self) -> &str {
        let plain = self.address.strip_prefix("http://");
        plain.unwrap_or(&self.address)
    }

    /// Returns what came back, in a few words.
    pub(crate) fn says(&self) -> String {
        match &self.reply {
            Reply::Serving { version, models } => {
                let models = match models {
                    0 => "serves no model".to_owned(),
                    1 => "serves 1 model".to_owned(),
                    models => format!("serves {models} models"),
                };
                match version {
                    Some(version) => format!("{models}, version {version}"),
                    None => models,
                }
            }
            Reply::NotRunning { reason } => format!("not running: {reason}"),
            Reply::Unexpected { reason, .. } => reason.clone(),
            Reply::NotAsked { reason } => format!("not asked: {reason}"),
        }
    }

    /// Returns why there is no candidate from here, unless there is one.
    fn unavailable(&self) -> Option<Unavailable> {
        match &self.reply {
            Reply::Serving { models, .. } if *models > 0 => None,
            Reply::Serving { .. }
            | Reply::NotRunning { .. }
            | Reply::Unexpected { .. }
            | Reply::NotAsked { .. } => Some(Unavailable {
                kind: UnavailableKind::Runtime,
                what: format!("{} at {}", self.runtime.name(), self.place()),
                reason: self.says(),
            }),
        }
    }
}

impl Discovered {
    /// Adds what runtimes serve, and why those that serve nothing do not.
    pub(super) fn add_answers(&mut self, answers: Vec<Answer>, served: Vec<Candidate>) {
        self.registry.candidates.extend(served);
        let unavailable = answers.iter().filter_map(Answer::unavailable);
        self.registry.unavailable.extend(unavailable);
        self.answers = answers;
    }
}
