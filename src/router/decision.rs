//! What the router answers: a choice or a refusal, with the fate of every candidate.

use serde::Serialize;

use crate::candidate::{Candidate, Locality, Registry};
use crate::capabilities::CapabilityClass;

/// The router's answer, kept as the first entry of a step in the run log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What happens.
    pub outcome: Outcome,
    /// Every candidate for every class looked at, in the order they were considered.
    pub trace: Vec<Consideration>,
}

impl Decision {
    /// Returns the chosen row of the registry the decision was made on.
    ///
    /// The only way from a decision to a model: an id alone may be shared by a local row and a remote one.
    pub fn candidate<'a>(&self, registry: &'a Registry) -> Option<&'a Candidate> {
        match &self.outcome {
            Outcome::Local {
                candidate_id,
                provider,
                locality,
                ..
            } => registry.candidates.iter().find(|row| {
                row.id == *candidate_id && row.provider == *provider && row.locality == *locality
            }),
            Outcome::Hosted | Outcome::Refused(_) => None,
        }
    }
}

/// What happens to a need.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Outcome {
    /// A candidate of the registry answers.
    #[serde(rename_all = "camelCase")]
    Local {
        /// Its id.
        candidate_id: String,
        /// Its provider.
        provider: String,
        /// Where its text goes; with id and provider it names one row of the registry.
        locality: Locality,
        /// The class it was chosen for.
        class_used: CapabilityClass,
        /// What the step costs at most, in US dollars.
        estimated_usd: f64,
    },
    /// The hosted plane runs the agent.
    Hosted,
    /// Nothing may answer.
    Refused(Refusal),
}

/// Why nothing may answer, and what would change that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The fixed word scripts read.
    pub code: RefusalCode,
    /// One sentence.
    pub reason: String,
    /// What to do, naming a command or a variable.
    pub fix: String,
}

/// The fixed words of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// A sensitive run could only be answered outside this machine.
    PrivacyTierUnroutable,
    /// No candidate passed every step.
    NoEligibleModel,
    /// The model named with `--model` is not here.
    ModelNotFound,
    /// `--route hosted` without `ALDO_API_TOKEN`.
    HostedTokenMissing,
    /// `--route hosted` with `--model`: the hosted plane chooses its own.
    HostedModelPinned,
    /// `--route hosted` while only loopback may be connected to.
    HostedOffline,
    /// `--route hosted` in a build without a client for it.
    HostedNotBuilt,
}

impl RefusalCode {
    /// Returns the word scripts read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivacyTierUnroutable => "privacy_tier_unroutable",
            Self::NoEligibleModel => "no_eligible_model",
            Self::ModelNotFound => "model_not_found",
            Self::HostedTokenMissing => "hosted_token_missing",
            Self::HostedModelPinned => "hosted_model_pinned",
            Self::HostedOffline => "hosted_offline",
            Self::HostedNotBuilt => "hosted_not_built",
        }
    }
}

/// One candidate looked at for one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consideration {
    /// The candidate's id.
    pub candidate: String,
    /// Its provider.
    pub provider: String,
    /// Where its text would go.
    pub locality: Locality,
    /// The class it was looked at for.
    pub class: CapabilityClass,
    /// Why it was dropped; nothing when it was chosen.
    pub dropped: Option<Dropped>,
}

/// The step that dropped a candidate, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The step.
    pub step: Step,
    /// One sentence.
    pub reason: String,
}

/// The steps, in the order they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The tier forbids it.
    Privacy,
    /// Another model was named with `--model`.
    Model,
    /// It serves other classes.
    Class,
    /// It cannot do what is required.
    Provides,
    /// The step could cost more than is left.
    Budget,
    /// A local model passes as well.
    Locality,
    /// A call failed on it within the last minute.
    Health,
    /// Another that passes comes first.
    Order,
}

impl Step {
    /// Returns the word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privacy => "privacy",
            Self::Model => "model",
            Self::Class => "class",
            Self::Provides => "provides",
            Self::Budget => "budget",
            Self::Locality => "locality",
            Self::Health => "health",
            Self::Order => "order",
        }
    }
}
