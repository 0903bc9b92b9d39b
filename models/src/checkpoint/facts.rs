//! What `inspect` shows of a checkpoint.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::sha256::hexadecimal;
use super::{Checkpoint, tensors};
use crate::dialect::Dialect;
use crate::gguf::TensorKind;
use crate::kernels::attention::CacheElement;
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
    /// The types that matrices do not keep when they are loaded, with those that take their places.
    pub replaced_kinds: BTreeMap<String, String>,
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
        replaced_kinds: replaced_kinds(checkpoint.weights.source()),
        tokenizer: tokenizer.map(|it| it.summary()),
        template,
        warnings,
    }
}

/// How many tensors have each type.
fn count_kinds(source: &Source) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for tensor in tensors::of(source) {
        *kinds.entry(tensor.kind_name.into_owned()).or_insert(0) += 1;
    }
    kinds
}

/// The types that matrices do not keep when they are loaded, with those that take their places.
fn replaced_kinds(source: &Source) -> BTreeMap<String, String> {
    let matrices = tensors::of(source).filter(|tensor| tensor.is_matrix);
    let replaced = matrices.filter_map(|tensor| {
        let kind = tensor.kind?;
        let kept = kind.kept_as().filter(|kept| *kept != kind)?;
        Some((kind.name().to_owned(), kept.name().to_owned()))
    });
    replaced.collect()
}

/// The type that most bytes of the weights have.
pub(super) fn dominant_kind(source: &Source) -> String {
    let mut bytes = BTreeMap::<String, u64>::new();
    for tensor in tensors::of(source) {
        *bytes.entry(tensor.kind_name.into_owned()).or_insert(0) += tensor.size_bytes;
    }
    let most = bytes.into_iter().max_by_key(|(_, bytes)| *bytes);
    most.map(|(kind, _)| kind).unwrap_or_default()
}

/// What keys and values are remembered as beside such weights: integers where most bytes of matrices are
/// quantised, whose own error is much larger.
pub(super) fn cache_element(source: &Source) -> CacheElement {
    let (mut quantised, mut dense) = (0, 0);
    for tensor in tensors::of(source).filter(|it| it.is_matrix) {
        match tensor.kind {
            Some(TensorKind::F32 | TensorKind::F16 | TensorKind::Bf16) => {
                dense += tensor.size_bytes;
            }
            Some(_) | None => quantised += tensor.size_bytes,
        }
    }
    if quantised > dense {
        CacheElement::I16
    } else {
        CacheElement::F32
    }
}

/// The number of weights.
pub(super) fn parameters(source: &Source) -> u64 {
    tensors::of(source).map(|tensor| tensor.elements).sum()
}
