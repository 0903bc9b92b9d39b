//! What `inspect` shows of a checkpoint.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Checkpoint;
use super::sha256::hexadecimal;
use crate::dialect::Dialect;
use crate::gguf::TensorKind;
use crate::template::ChatTemplate;
use crate::tokenizer::TokenizerSummary;
use crate::weights::Source;

/// What `aldo models inspect` shows beyond the getters of [`Checkpoint`].
#[derive(Debug, Clone)]
pub struct Facts {
    /// The name the checkpoint gives itself.
    pub name: Option<String>,
    /// The licence it names.
    pub license: Option<String>,
    /// Tensors by the name of their type.
    pub tensor_kinds: BTreeMap<String, usize>,
    /// The tokenizer, or why it cannot be used.
    pub tokenizer: Result<TokenizerSummary, String>,
    /// The chat template; `None` when the checkpoint has none.
    pub template: Option<TemplateFacts>,
    /// What is odd about the checkpoint or its template without making them unusable.
    pub warnings: Vec<String>,
}

/// A chat template in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFacts {
    /// SHA-256 of its source in hexadecimal.
    pub sha256: String,
    /// Whether it renders tools.
    pub tools: bool,
    /// Whether it can be told to think or not.
    pub thinking: bool,
    /// How the model marks up reasoning and calls: `hermes calls, think reasoning`.
    pub dialect: Option<String>,
    /// Why it cannot be used, if so.
    pub error: Option<String>,
}

/// Gathers the facts of `checkpoint`.
pub(super) fn of(checkpoint: &Checkpoint) -> Facts {
    let text = |key: &str| match checkpoint.weights.source() {
        Source::Gguf(gguf) => gguf
            .metadata()
            .str(key)
            .ok()
            .flatten()
            .map(ToOwned::to_owned),
        Source::Safetensors(_) => None,
    };
    let mut warnings = checkpoint.warnings.clone();
    let tokenizer = checkpoint.tokenizer().map_err(|error| error.to_string());
    let template = checkpoint.template.as_deref().map(|source| {
        let parsed = match &tokenizer {
            Ok(tokenizer) => ChatTemplate::for_tokenizer(source, tokenizer)
                .inspect(|template| warnings.extend(template.warnings()))
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        };
        TemplateFacts {
            sha256: hexadecimal(&Sha256::digest(source)),
            tools: parsed.as_ref().is_ok_and(ChatTemplate::supports_tools),
            thinking: parsed.as_ref().is_ok_and(ChatTemplate::supports_thinking),
            dialect: tokenizer
                .as_ref()
                .ok()
                .map(|tokenizer| Dialect::detect(source, tokenizer).name()),
            error: parsed.err(),
        }
    });
    Facts {
        name: text("general.name"),
        license: text("general.license"),
        tensor_kinds: count_kinds(checkpoint.weights.source()),
        tokenizer: tokenizer.map(|it| it.summary()),
        template,
        warnings,
    }
}

/// How many tensors have each type.
fn count_kinds(source: &Source) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for (kind, _, _) in tensors(source) {
        *kinds.entry(kind).or_insert(0) += 1;
    }
    kinds
}

/// The type that most bytes of the weights have.
pub(super) fn dominant_kind(source: &Source) -> String {
    let mut bytes = BTreeMap::<String, u64>::new();
    for (kind, size_bytes, _) in tensors(source) {
        *bytes.entry(kind).or_insert(0) += size_bytes;
    }
    let most = bytes.into_iter().max_by_key(|(_, bytes)| *bytes);
    most.map(|(kind, _)| kind).unwrap_or_default()
}

/// The number of weights.
pub(super) fn parameters(source: &Source) -> u64 {
    tensors(source)
        .iter()
        .map(|(_, _, elements)| elements)
        .sum()
}

/// An estimate of the memory that the weights take once they are loaded on a CPU, in bytes.
pub(super) fn weight_memory_bytes(source: &Source) -> u64 {
    tensors(source)
        .iter()
        .map(|(kind, size_bytes, elements)| {
            // Dense types become f32; of these three a repacked copy is kept beside the original.
            let repacked = [TensorKind::Q8_0, TensorKind::Q4K, TensorKind::Q6K];
            if [TensorKind::F16, TensorKind::Bf16]
                .iter()
                .any(|it| it.name() == kind)
            {
                elements * 4
            } else if repacked.iter().any(|it| it.name() == kind) {
                size_bytes * 21 / 10
            } else {
                *size_bytes
            }
        })
        .sum()
}

/// Type, bytes and elements of every tensor.
fn tensors(source: &Source) -> Vec<(String, u64, u64)> {
    match source {
        Source::Gguf(gguf) => gguf
            .tensors()
            .iter()
            .map(|it| {
                (
                    it.kind.name().to_owned(),
                    it.size_bytes as u64,
                    it.elements(),
                )
            })
            .collect(),
        Source::Safetensors(files) => files
            .entries()
            .map(|(_, it)| (it.kind_name(), it.size_bytes() as u64, it.elements()))
            .collect(),
    }
}
