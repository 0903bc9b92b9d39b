//! From a model's id to how much it reads: the table for servers that do not say.

use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern;
use super::projection::normalise_id;

/// What a model reads that neither its server nor the table knows, in tokens.
const CONTEXT_TOKENS_UNKNOWN: u64 = 8192;

/// Returns how many tokens the model is likely to read.
pub fn guess_context_tokens(id: &str) -> u64 {
    let id = normalise_id(id);
    let family = TABLE.iter().find(|family| family.matches(&id));
    family.map_or(CONTEXT_TOKENS_UNKNOWN, |family| family.tokens)
}

/// One row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(rename = "match")]
    patterns: Vec<String>,
    tokens: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    family: Vec<Family>,
}

static TABLE: LazyLock<Vec<Family>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("../context.toml"))
        .expect("the table is compiled in and `every_row_is_reached` reads it");
    table.family
});

impl Family {
    fn matches(&self, id: &str) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| pattern::finds(pattern, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::{Capability, project};

    /// Ids as runtimes spell them, and what each reads.
    const CASES: &[(&str, u64)] = &[
        ("nomic-embed-text:latest", 8_192),
        ("mxbai-embed-large", 512),
        ("all-minilm:l6-v2", 512),
        ("deepseek-r1:32b", 131_072),
        ("DeepSeek-R1-Distill-Llama-8B", 131_072),
        ("deepseek-coder-v2:16b", 131_072),
        ("deepseek-coder:6.7b", 16_384),
        ("qwen3-coder:30b", 262_144),
        ("Qwen/Qwen3-4B-Instruct-2507", 262_144),
        ("qwen/qwen3.6-35b-a3b", 262_144),
        ("qwen3:4b", 131_072),
        ("qwen2.5-coder:32b", 131_072),
        ("qwen2.5:7b", 131_072),
        ("codellama:13b", 16_384),
        ("llama4:scout", 1_048_576),
        ("llama3.1:8b", 131_072),
        ("phi4:14b", 131_072),
        ("gpt-oss:20b", 131_072),
        ("mistral-nemo:12b", 131_072),
        ("mistral-small3.2:24b", 131_072),
        ("mixtral:8x22b", 65_536),
        ("mixtral:8x7b", 32_768),
        ("mistral:7b", 32_768),
        ("gemma4:26b", 131_072),
        ("gemma3n:e4b", 32_768),
        ("gemma3:1b", 32_768),
        ("gemma3:27b", 131_072),
        ("smollm2:135m", CONTEXT_TOKENS_UNKNOWN),
        ("llama3:8b", CONTEXT_TOKENS_UNKNOWN),
        ("", CONTEXT_TOKENS_UNKNOWN),
    ];

    #[test]
    fn each_id_reads_what_its_row_says() {
        for (id, tokens) in CASES {
            assert_eq!(guess_context_tokens(id), *tokens, "{id}");
        }
    }

    #[test]
    fn every_row_is_reached() {
        for family in TABLE.iter() {
            let first = |id: &str| {
                let id = normalise_id(id);
                TABLE.iter().find(|family| family.matches(&id))
            };
            let reached = CASES
                .iter()
                .any(|(id, _)| first(id).is_some_and(|found| std::ptr::eq(found, family)));
            assert!(reached, "{:?}", family.patterns);
        }
    }

    #[test]
    fn the_two_tables_agree_on_long_contexts() {
        for (id, tokens) in CASES {
            let long = project(id).capabilities.contains(&Capability::CONTEXT_128K);
            assert!(!long || *tokens >= 128_000, "{id}");
        }
    }
}
