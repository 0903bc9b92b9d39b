#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::{CheckpointFacts, TABLE, normalise_id, project, project_checkpoint};
use crate::capabilities::{Capability, CapabilityClass};

const QWEN_3: &str = "128k-context extended-thinking function-calling reasoning streaming structured-output tool-use";
const QWEN_3_CODER: &str = "128k-context code-fim extended-thinking function-calling reasoning streaming structured-output tool-use";
const TOOLS_128K: &str = "128k-context function-calling streaming structured-output tool-use";
const TOOLS_128K_FIM: &str =
    "128k-context code-fim function-calling streaming structured-output tool-use";
const LLAMA_4: &str =
    "128k-context 1m-context function-calling reasoning streaming structured-output tool-use";
const THINKER: &str = "128k-context extended-thinking reasoning streaming structured-output";
const TOOLS: &str = "function-calling streaming structured-output tool-use";

/// Model ids as runtimes and stores spell them, the row that must catch each, and its capabilities.
const CASES: &[(&str, &str, &str)] = &[
    ("qwen/qwen3.6-35b-a3b", "qwen-3", QWEN_3),
    ("qwen3:14b", "qwen-3", QWEN_3),
    ("Qwen/Qwen3-4B-Instruct-2507", "qwen-3", QWEN_3),
    ("Qwen_Qwen3-4B-Q4_K_M.gguf", "qwen-3", QWEN_3),
    ("qwen-3-30b-a3b", "qwen-3", QWEN_3),
    ("qwen3-coder:30b", "qwen-3-coder", QWEN_3_CODER),
    ("Qwen/Qwen3-Coder-Next", "qwen-3-coder", QWEN_3_CODER),
    ("qwen3.5-coder-9b", "qwen-3-coder", QWEN_3_CODER),
    ("qwen2.5:7b", "qwen-2.5", TOOLS_128K),
    ("Qwen2.5-0.5B-Instruct", "qwen-2.5", TOOLS_128K),
    ("qwen2.5-coder:32b", "qwen-2.5-coder", TOOLS_128K_FIM),
    ("llama3.1:8b", "llama-3.1", TOOLS_128K),
    ("meta-llama/Llama-3.2-3B-Instruct", "llama-3.1", TOOLS_128K),
    (
        "Meta-Llama-3.3-70B-Instruct-Q8_0.gguf",
        "llama-3.1",
        TOOLS_128K,
    ),
    ("llama4:scout", "llama-4", LLAMA_4),
    ("meta-llama/Llama-4-Maverick-17B-128E", "llama-4", LLAMA_4),
    ("deepseek-r1:32b", "deepseek-r1", THINKER),
    (
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "deepseek-r1",
        THINKER,
    ),
    ("DeepSeek-R1-Distill-Llama-3.1-8B", "deepseek-r1", THINKER),
    ("deepseek-r1-0528-qwen3-8b", "deepseek-r1", THINKER),
    ("phi4:14b", "phi-4", THINKER),
    ("microsoft/phi-4-reasoning", "phi-4", THINKER),
    ("gpt-oss:20b", "gpt-oss", QWEN_3),
    ("openai/gpt-oss-120b", "gpt-oss", QWEN_3),
    ("mistral:7b", "mistral", TOOLS),
    ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral", TOOLS),
    ("codellama:13b", "codellama", "code-fim streaming"),
    ("Phind-CodeLlama-34B-v2", "codellama", "code-fim streaming"),
    (
        "deepseek-coder-v2:16b",
        "deepseek-coder",
        "code-fim streaming structured-output tool-use",
    ),
    ("gemma3:27b", "gemma-3", "streaming structured-output"),
    (
        "google/gemma-3n-E4B-it",
        "gemma-3",
        "streaming structured-output",
    ),
    (
        "gemma4:26b",
        "gemma-4",
        "128k-context streaming structured-output",
    ),
    ("nomic-embed-text:latest", "embedding", "embeddings"),
    ("mxbai-embed-large", "embedding", "embeddings"),
    ("Qwen3-Embedding-0.6B-Q8_0.gguf", "embedding", "embeddings"),
    ("embeddinggemma:300m", "embedding", "embeddings"),
];

fn words(capabilities: &BTreeSet<Capability>) -> String {
    let words: Vec<&str> = capabilities.iter().map(Capability::as_str).collect();
    words.join(" ")
}

#[test]
fn each_id_is_caught_by_its_row_and_has_its_capabilities() {
    for (id, family, capabilities) in CASES {
        assert_eq!(project(id).family, Some(*family), "{id}");
        assert_eq!(words(&project(id).capabilities), *capabilities, "{id}");
    }
}

#[test]
fn every_row_is_reached() {
    for family in TABLE.iter() {
        assert!(
            CASES.iter().any(|(_, name, _)| *name == family.name),
            "{}",
            family.name
        );
    }
}

#[test]
fn anything_else_only_streams() {
    let others = [
        "llama3:8b",
        "Llama-3.0-8B",
        "Llama-2-7b-chat",
        "tinyllama:1.1b",
        "qwen2:7b",
        "Qwen1.5-32B",
        "qwen-32b",
        "phi3:mini",
        "gemma2:9b",
        "gemma-300m",
        "smollm2:135m",
        "aldo-nano",
        "gpt-4o",
        "",
        "/",
        "\u{1f980}",
    ];
    for id in others {
        let profile = project(id);
        assert_eq!(words(&profile.capabilities), "streaming", "{id}");
        assert_eq!(profile.class, CapabilityClass::LOCAL_REASONING, "{id}");
    }
}

#[test]
fn an_embedding_model_is_listed_under_embeddings_and_never_streams() {
    let profile = project("nomic-embed-text-v1.5");
    assert_eq!(profile.class, CapabilityClass::EMBEDDINGS);
    assert!(!profile.capabilities.contains(&Capability::STREAMING));
}

#[test]
fn a_deepseek_r1_distill_of_a_tool_using_family_has_no_tool_use() {
    for id in [
        "deepseek-r1:7b",
        "DeepSeek-R1-Distill-Qwen-32B",
        "r1-distill-llama-3.1-8b",
    ] {
        assert!(
            !project(id).capabilities.contains(&Capability::TOOL_USE),
            "{id}"
        );
    }
}

#[test]
fn ids_lose_organisation_suffix_colons_and_underscores() {
    let cases = [
        ("qwen/qwen3.6-35b-a3b", "qwen3.6-35b-a3b"),
        ("hf.co/Qwen/Qwen3-4B-GGUF:Q4_K_M", "qwen3-4b-gguf-q4-k-m"),
        ("Qwen3-0.6B-Q8_0.gguf", "qwen3-0.6b-q8-0"),
        ("models/model.safetensors", "model"),
        ("phi-4", "phi-4"),
        ("org/name/", "name"),
        (" LLAMA3.1:8B ", "llama3.1-8b"),
    ];
    for (id, expected) in cases {
        assert_eq!(normalise_id(id), expected, "{id}");
    }
}

#[test]
fn a_checkpoint_knows_more_than_its_name() {
    let facts = CheckpointFacts {
        context_tokens: 40_960,
        tools: true,
        thinking: false,
    };
    let profile = project_checkpoint("Qwen3-4B-Q8_0.gguf", facts);
    assert_eq!(
        words(&profile.capabilities),
        "function-calling streaming structured-output tool-use"
    );

    let facts = CheckpointFacts {
        context_tokens: 1_048_576,
        tools: false,
        thinking: true,
    };
    let profile = project_checkpoint("home-made", facts);
    assert_eq!(
        words(&profile.capabilities),
        "128k-context 1m-context extended-thinking reasoning streaming structured-output"
    );
}

#[test]
fn only_the_name_tells_of_code_fim_and_embeddings() {
    let facts = CheckpointFacts {
        context_tokens: 2_048,
        tools: false,
        thinking: false,
    };
    let coder = project_checkpoint("qwen2.5-coder-7b", facts);
    assert!(coder.capabilities.contains(&Capability::CODE_FIM));
    let embedder = project_checkpoint("nomic-embed-text-v1.5.Q8_0.gguf", facts);
    assert_eq!(embedder.class, CapabilityClass::EMBEDDINGS);
}
