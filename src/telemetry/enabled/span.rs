//! A span: one thing that took time, as a collector is told of it.

use jiff::Timestamp;
use uuid::Uuid;

use super::attributes::Attributes;

/// The id of a span; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpanId(pub(super) u64);

/// Where the work was done, as seen from this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In it.
    Internal,
    /// By a server it asked.
    Client,
}

/// One span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// The trace it belongs to.
    pub(super) trace: u128,
    /// Its id.
    pub(super) id: SpanId,
    /// The span it is part of.
    pub(super) parent: Option<SpanId>,
    /// What was done, and with what.
    pub(super) name: String,
    /// Where.
    pub(super) kind: Kind,
    /// When it began.
    pub(super) start: Timestamp,
    /// When it ended.
    pub(super) end: Timestamp,
    /// What is known of it.
    pub(super) attributes: Attributes,
    /// What went wrong, in one word.
    pub(super) error: Option<&'static str>,
}

impl SpanId {
    /// Makes an id that no other span has.
    pub(super) fn random() -> Self {
        // The lower half is random but for its first two bits, which keep it from being 0.
        Self(Uuid::now_v7().as_u64_pair().1)
    }
}
