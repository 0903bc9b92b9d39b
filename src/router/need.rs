//! What is asked of the router.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

/// What one step of an agent asks of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Need {
    /// The agent's name, for messages.
    pub agent: String,
    /// How secret the input is.
    pub tier: PrivacyTier,
    /// The classes asked for: the primary one, then the fallbacks.
    pub classes: Vec<CapabilityClass>,
    /// What the model must be able to do.
    pub requires: BTreeSet<Capability>,
    /// Tokens it will read.
    pub tokens_in: u64,
    /// Tokens it may write at most.
    pub tokens_out_max: u64,
    /// What may still be spent, in US dollars; without it there is no limit.
    pub usd_left: Option<f64>,
    /// The latency the agent would like, in milliseconds.
    pub latency_p95_ms: Option<u64>,
    /// The only model the user accepts.
    pub model: Option<String>,
}

impl Need {
    /// Returns the need at `tier` where that is the more secret one: a child, a judge or a tool works
    /// at the higher of its own tier and that of the run it works for.
    #[must_use]
    pub fn at_least(self, tier: PrivacyTier) -> Self {
        let tier = self.tier.max(tier);
        Self { tier, ..self }
    }
}

/// Where the user lets a run happen: `--route`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Here when a model here serves, else hosted.
    #[default]
    Auto,
    /// Here or not at all.
    Local,
    /// On the hosted plane or not at all.
    Hosted,
}

impl Route {
    /// Returns the word of the flag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Local => "local",
            Self::Hosted => "hosted",
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Route {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Auto, Self::Local, Self::Hosted]
            .into_iter()
            .find(|route| route.as_str() == word)
            .ok_or_else(|| "expected `auto`, `local` or `hosted`".to_owned())
    }
}

/// Whether the hosted plane can be used, its tier apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostedAccess {
    /// `ALDO_API_TOKEN` is set.
    TokenSet,
    /// It is not.
    NoToken,
    /// Only loopback may be connected to, and the hosted plane is elsewhere.
    Offline,
    /// This build has no client for it.
    NotBuilt,
}

/// What became of probing the runtimes of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Discovery {
    /// `ALDO_LOCAL_DISCOVERY` is not set, or `none`: nothing was probed.
    Unset,
    /// Runtimes were probed and serve no model.
    Empty,
    /// Runtimes were probed and serve at least one model.
    Found,
}
