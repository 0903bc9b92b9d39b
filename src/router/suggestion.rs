//! Models to pull when nothing here serves: a short list, smallest first.

use std::collections::BTreeSet;

use crate::capabilities::{Capability, CheckpointFacts, project_checkpoint};

/// A model worth pulling, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion {
    /// The repository on the Hugging Face Hub.
    pub repository: &'static str,
    /// The size of the file that is pulled, for people.
    pub size: &'static str,
    facts: CheckpointFacts,
}

/// Sizes are those of the `Q8_0` file up to 1 GB, else of the `Q4_K_M` file.
const SUGGESTIONS: [Suggestion; 4] = [
    Suggestion {
        repository: "Qwen/Qwen3-0.6B-GGUF",
        size: "0.6 GB",
        facts: CheckpointFacts {
            context_tokens: 40_960,
            tools: true,
            thinking: true,
        },
    },
    Suggestion {
        repository: "unsloth/Qwen3-4B-Thinking-2507-GGUF",
        size: "2.5 GB",
        facts: CheckpointFacts {
            context_tokens: 262_144,
            tools: true,
            thinking: true,
        },
    },
    Suggestion {
        repository: "Qwen/Qwen2.5-Coder-7B-Instruct-GGUF",
        size: "4.7 GB",
        facts: CheckpointFacts {
            context_tokens: 32_768,
            tools: true,
            thinking: false,
        },
    },
    Suggestion {
        repository: "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF",
        size: "18.6 GB",
        facts: CheckpointFacts {
            context_tokens: 262_144,
            tools: true,
            thinking: false,
        },
    },
];

/// Returns the smallest model known to provide all of `requires` in process.
pub fn suggest(requires: &BTreeSet<Capability>) -> Option<Suggestion> {
    SUGGESTIONS.into_iter().find(|suggestion| {
        let profile = project_checkpoint(suggestion.repository, suggestion.facts);
        profile.capabilities.is_superset(requires)
    })
}

impl Suggestion {
    /// Returns what to type to have it.
    pub fn command(self) -> String {
        format!("aldo models pull {}", self.repository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(requires: &[Capability]) -> Option<&'static str> {
        suggest(&requires.iter().cloned().collect()).map(|suggestion| suggestion.repository)
    }

    #[test]
    fn the_smallest_model_that_does_it_is_suggested() {
        assert_eq!(repository(&[]), Some("Qwen/Qwen3-0.6B-GGUF"));
        assert_eq!(
            repository(&[Capability::TOOL_USE]),
            Some("Qwen/Qwen3-0.6B-GGUF")
        );
        assert_eq!(
            repository(&[
                Capability::TOOL_USE,
                Capability::CONTEXT_128K,
                Capability::REASONING
            ]),
            Some("unsloth/Qwen3-4B-Thinking-2507-GGUF")
        );
        assert_eq!(
            repository(&[Capability::CODE_FIM]),
            Some("Qwen/Qwen2.5-Coder-7B-Instruct-GGUF")
        );
    }

    #[test]
    fn what_no_model_does_has_no_suggestion() {
        assert_eq!(repository(&[Capability::EMBEDDINGS]), None);
        assert_eq!(repository(&[Capability::CONTEXT_1M]), None);
    }
}
