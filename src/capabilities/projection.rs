//! From a model's id to what it can do: the curated table, first match wins.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Capability, CapabilityClass, pattern};

/// Endings of files that are no part of a model's name.
const FILE_SUFFIXES: [&str; 2] = [".gguf", ".safetensors"];

/// Whether the engine constrains what a model writes to a grammar, which makes every in-process
/// model structured.
const DECODING_IS_CONSTRAINED: bool = true;

/// From how many tokens of context a model has `128k-context`: 128,000, as vendors round it.
const CONTEXT_128K_TOKENS: u64 = 128_000;
/// From how many tokens of context a model has `1m-context`.
const CONTEXT_1M_TOKENS: u64 = 1_000_000;

/// What is known of a model before it is asked anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The row of the table that knows it.
    pub family: Option<&'static str>,
    /// The class the model is listed under.
    pub class: CapabilityClass,
    /// What it can do.
    pub capabilities: BTreeSet<Capability>,
}

/// What a checkpoint's own metadata and chat template say, which its name does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointFacts {
    /// Tokens it was trained to read.
    pub context_tokens: u64,
    /// Whether its chat template renders tools.
    pub tools: bool,
    /// Whether its chat template knows thinking.
    pub thinking: bool,
}

/// Returns what the table says of a model id; a model it does not know can only stream.
pub fn project(id: &str) -> Profile {
    let id = normalise_id(id);
    let family = TABLE.iter().find(|family| family.matches(&id));
    family.map_or_else(Profile::unknown, |family| Profile {
        family: Some(&family.name),
        class: family.class.clone(),
        capabilities: family.capabilities.clone(),
    })
}

/// Returns what an in-process model can do: the table's word for what only a name tells, the
/// checkpoint's own for the rest.
pub fn project_checkpoint(id: &str, facts: CheckpointFacts) -> Profile {
    let mut profile = project(id);
    profile.set_tools(facts.tools);
    profile.set_thinking(facts.thinking);
    profile.set(Capability::STRUCTURED_OUTPUT, DECODING_IS_CONSTRAINED);
    profile.set_context(facts.context_tokens);
    profile
}

/// Brings a model id to the form the table is written in: lower case, `org/` and file suffix
/// dropped, `:` and `_` to `-`.
pub fn normalise_id(id: &str) -> String {
    let id = id.trim().trim_end_matches('/').to_lowercase();
    let name = id.rsplit('/').next().unwrap_or_default();
    let name = FILE_SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name);
    name.replace([':', '_'], "-")
}

impl Profile {
    pub(super) fn set(&mut self, capability: Capability, holds: bool) {
        if holds {
            self.capabilities.insert(capability);
        } else {
            self.capabilities.remove(&capability);
        }
    }

    pub(super) fn set_tools(&mut self, holds: bool) {
        self.set(Capability::TOOL_USE, holds);
        self.set(Capability::FUNCTION_CALLING, holds);
    }

    pub(super) fn set_thinking(&mut self, holds: bool) {
        self.set(Capability::REASONING, holds);
        self.set(Capability::EXTENDED_THINKING, holds);
    }

    pub(super) fn set_context(&mut self, tokens: u64) {
        self.set(Capability::CONTEXT_128K, tokens >= CONTEXT_128K_TOKENS);
        self.set(Capability::CONTEXT_1M, tokens >= CONTEXT_1M_TOKENS);
    }

    fn unknown() -> Self {
        Self {
            family: None,
            class: CapabilityClass::LOCAL_REASONING,
            capabilities: BTreeSet::from([Capability::STREAMING]),
        }
    }
}

/// One row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    #[serde(rename = "match")]
    patterns: Vec<String>,
    #[serde(default = "local_reasoning")]
    class: CapabilityClass,
    capabilities: BTreeSet<Capability>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    family: Vec<Family>,
}

static TABLE: LazyLock<Vec<Family>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("../capabilities.toml"))
        .expect("the table is compiled in and `every_row_is_reached` reads it");
    table.family
});

impl Family {
    fn matches(&self, id: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern::finds(pattern, id))
    }
}

fn local_reasoning() -> CapabilityClass {
    CapabilityClass::LOCAL_REASONING
}

#[cfg(test)]
mod tests;
