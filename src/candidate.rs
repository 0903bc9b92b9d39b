//! A model that could answer, and the registry of all of them. Knows no agent and no device.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

mod address;
mod service;

pub(crate) use address::{address_locality, is_forwarded_id};
pub use aldo_backends::Runtime;
pub use service::{Headers, Service};

/// One model that could answer a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The name a user types after `--model`, unique within a provider.
    pub id: String,
    /// Who serves it: `candle` in process, or the name of a runtime or of a paid service.
    pub provider: String,
    /// Where the text of a request goes.
    pub locality: Locality,
    /// The classes it serves.
    pub classes: Vec<CapabilityClass>,
    /// What it can do.
    pub provides: BTreeSet<Capability>,
    /// The tiers its operator allows on it.
    pub privacy_allowed: Vec<PrivacyTier>,
    /// How many tokens it reads.
    pub context_tokens: u64,
    /// What it costs.
    pub price: Price,
    /// The measured or declared 95th percentile of a call, in milliseconds.
    pub latency_p95_ms: Option<u64>,
    /// The measured quality, from 0 to 1.
    pub rating: Option<f64>,
    /// Whether a call failed on it within the last 60 s.
    pub unhealthy: bool,
    /// Where its weights or its server are.
    pub source: Source,
}

/// Where the text of a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locality {
    /// Nowhere: this machine answers.
    Local,
    /// To the operator's own network.
    OnPrem,
    /// To somebody else's machine.
    Cloud,
}

impl Locality {
    /// Returns the tiers a model there may be given where its operator has not said.
    pub fn privacy_allowed(self) -> Vec<PrivacyTier> {
        match self {
            Self::Local => PrivacyTier::ALL.into(),
            Self::OnPrem => vec![PrivacyTier::Public, PrivacyTier::Internal],
            Self::Cloud => vec![PrivacyTier::Public],
        }
    }

    /// Reads the word; nothing where it is none of them.
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Local, Self::OnPrem, Self::Cloud];
        all.into_iter().find(|locality| locality.as_str() == word)
    }

    /// Returns the word of a catalogue row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::OnPrem => "on-prem",
            Self::Cloud => "cloud",
        }
    }
}

impl std::fmt::Display for Locality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a model costs, in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Price {
    /// For a million tokens read.
    pub usd_per_mtok_in: f64,
    /// For a million tokens written.
    pub usd_per_mtok_out: f64,
}

impl Price {
    /// The price of a model of one's own.
    pub const FREE: Self = Self {
        usd_per_mtok_in: 0.0,
        usd_per_mtok_out: 0.0,
    };

    /// Returns the price of reading and writing so many tokens, in US dollars.
    pub fn usd(self, tokens_in: u64, tokens_out: u64) -> f64 {
        let millionths =
            tokens_in as f64 * self.usd_per_mtok_in + tokens_out as f64 * self.usd_per_mtok_out;
        millionths / 1e6
    }
}

/// Where a candidate's weights or server are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Compiled into the binary.
    Builtin,
    /// A GGUF file or a safetensors folder.
    Checkpoint(PathBuf),
    /// A runtime that answered when it was asked.
    Runtime {
        /// Which one, by what it said of itself.
        runtime: Runtime,
        /// Its address, without `/v1`: `http://127.0.0.1:11434`.
        base_url: String,
    },
    /// A service that a catalogue describes.
    Catalog(Box<Service>),
}

impl Source {
    /// Whether the model runs inside this process.
    pub fn is_in_process(&self) -> bool {
        match self {
            Self::Builtin | Self::Checkpoint(_) => true,
            Self::Runtime { .. } | Self::Catalog(_) => false,
        }
    }
}

/// Something that was looked at and is no candidate: a refused file, a runtime that is not running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unavailable {
    /// What sort of thing it is.
    pub kind: UnavailableKind,
    /// The file, the runtime or the row.
    pub what: String,
    /// Why it is no candidate.
    pub reason: String,
}

/// The sorts of things that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnavailableKind {
    /// A file or folder of weights.
    Checkpoint,
    /// A program that serves models.
    Runtime,
    /// A row of a catalogue.
    Catalog,
}

/// Everything discovery found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Registry {
    /// The models that could answer.
    pub candidates: Vec<Candidate>,
    /// What was looked at and cannot.
    pub unavailable: Vec<Unavailable>,
}

impl Registry {
    /// Returns the first candidate of this id, of any provider and locality; from a decision to
    /// its row leads [`crate::router::Decision::candidate`] alone.
    pub fn find(&self, id: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.id == id)
    }
}
