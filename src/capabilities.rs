//! What a model can do and how secret its input may be: the words agents and candidates share.
//!
//! Knows no candidate, no agent and no file but its own two tables.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod context;
mod pattern;
mod projection;
mod served;
mod word;

pub use context::guess_context_tokens;
pub use projection::{CheckpointFacts, Profile, normalise_id, project, project_checkpoint};
pub use served::{ServedFacts, project_served};
pub use word::InvalidWord;

/// A coarse tier of reasoning power an agent asks for, such as `reasoning-medium`.
///
/// Five ship as constants; other words are accepted, because a catalogue may define its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CapabilityClass(Cow<'static, str>);

impl CapabilityClass {
    /// Frontier models for hard, multi-step reasoning.
    pub const REASONING_LARGE: Self = Self(Cow::Borrowed("reasoning-large"));
    /// Strong general reasoning at lower cost.
    pub const REASONING_MEDIUM: Self = Self(Cow::Borrowed("reasoning-medium"));
    /// Fast and cheap: routing, extraction.
    pub const REASONING_SMALL: Self = Self(Cow::Borrowed("reasoning-small"));
    /// Runs on the operator's own machine.
    pub const LOCAL_REASONING: Self = Self(Cow::Borrowed("local-reasoning"));
    /// For the latency of the first token.
    pub const FAST_DRAFT: Self = Self(Cow::Borrowed("fast-draft"));
    /// Turns text into vectors; what embedding models are listed under.
    pub const EMBEDDINGS: Self = Self(Cow::Borrowed("embeddings"));

    /// The five classes that ship.
    pub const SHIPPED: [Self; 5] = [
        Self::REASONING_LARGE,
        Self::REASONING_MEDIUM,
        Self::REASONING_SMALL,
        Self::LOCAL_REASONING,
        Self::FAST_DRAFT,
    ];

    /// Makes a class of `word`.
    ///
    /// # Errors
    /// [`InvalidWord`] unless it is 1 to 64 of `a-z`, `0-9`, `-`, `.` and `_`, a letter or digit first.
    pub fn new(word: &str) -> Result<Self, InvalidWord> {
        word::checked(word).map(|word| Self(Cow::Owned(word)))
    }

    /// Returns the class as it is written in an agent spec.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing a model can do, such as `tool-use` or `128k-context`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Capability(Cow<'static, str>);

impl Capability {
    /// Calls tools offered to it.
    pub const TOOL_USE: Self = Self(Cow::Borrowed("tool-use"));
    /// Calls functions in the API's own form.
    pub const FUNCTION_CALLING: Self = Self(Cow::Borrowed("function-calling"));
    /// Answers token by token.
    pub const STREAMING: Self = Self(Cow::Borrowed("streaming"));
    /// Answers in a given JSON shape.
    pub const STRUCTURED_OUTPUT: Self = Self(Cow::Borrowed("structured-output"));
    /// Thinks before it answers.
    pub const REASONING: Self = Self(Cow::Borrowed("reasoning"));
    /// Thinks at length, apart from the answer.
    pub const EXTENDED_THINKING: Self = Self(Cow::Borrowed("extended-thinking"));
    /// Reads at least 128,000 tokens.
    pub const CONTEXT_128K: Self = Self(Cow::Borrowed("128k-context"));
    /// Reads at least a million tokens.
    pub const CONTEXT_1M: Self = Self(Cow::Borrowed("1m-context"));
    /// Fills a gap in the middle of code.
    pub const CODE_FIM: Self = Self(Cow::Borrowed("code-fim"));
    /// Turns text into vectors.
    pub const EMBEDDINGS: Self = Self(Cow::Borrowed("embeddings"));
    /// Reads images.
    pub const VISION: Self = Self(Cow::Borrowed("vision"));

    /// The capabilities that are known here, in the order of their constants.
    pub const KNOWN: [Self; 11] = [
        Self::TOOL_USE,
        Self::FUNCTION_CALLING,
        Self::STREAMING,
        Self::STRUCTURED_OUTPUT,
        Self::REASONING,
        Self::EXTENDED_THINKING,
        Self::CONTEXT_128K,
        Self::CONTEXT_1M,
        Self::CODE_FIM,
        Self::EMBEDDINGS,
        Self::VISION,
    ];

    /// Makes a capability of `word`.
    ///
    /// # Errors
    /// [`InvalidWord`] unless it is 1 to 64 of `a-z`, `0-9`, `-`, `.` and `_`, a letter or digit first.
    pub fn new(word: &str) -> Result<Self, InvalidWord> {
        word::checked(word).map(|word| Self(Cow::Owned(word)))
    }

    /// Returns the capability as it is written in an agent spec.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How secret a run's input is; the order is the order of secrecy.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyTier {
    /// May go anywhere.
    Public,
    /// Goes only to models that are allowed `internal` data.
    Internal,
    /// Never leaves this machine.
    Sensitive,
}

impl PrivacyTier {
    /// Every tier, least secret first: what a local model may be given.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Sensitive];

    /// Returns the tier as it is written in an agent spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Sensitive => "sensitive",
        }
    }
}

impl FromStr for PrivacyTier {
    type Err = InvalidWord;

    fn from_str(word: &str) -> Result<Self, InvalidWord> {
        let found = Self::ALL.into_iter().find(|tier| tier.as_str() == word);
        found.ok_or_else(|| InvalidWord::tier(word))
    }
}

impl fmt::Display for PrivacyTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for CapabilityClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for CapabilityClass {
    type Error = InvalidWord;

    fn try_from(word: String) -> Result<Self, InvalidWord> {
        Self::new(&word)
    }
}

impl TryFrom<String> for Capability {
    type Error = InvalidWord;

    fn try_from(word: String) -> Result<Self, InvalidWord> {
        Self::new(&word)
    }
}
