//! What a checkpoint says about its network, from GGUF metadata or `config.json`, range-checked.

mod draft;
mod experts;
mod gguf;
mod json;
mod limits;
mod mixture;
mod other;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::ModelError;
use crate::gguf::Gguf;
use crate::kernels::attention::CacheElement;
pub use experts::{ExpertsConfig, Scoring};
pub use mixture::{LayerKind, LinearAttentionConfig, ValueOrder};
pub use other::{OtherArchitecture, OtherConfig};

/// The numbers an architecture is built from. Every field has been checked against the limits of this
/// module and against the others.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The network's kind.
    pub architecture: Architecture,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads (H).
    pub heads: usize,
    /// Key-value heads (K); divides `heads`.
    pub kv_heads: usize,
    /// Width of a head (D).
    pub head_dim: usize,
    /// Width inside the feed-forward part.
    pub feed_forward: usize,
    /// The experts that stand in the place of the feed-forward part.
    pub experts: Option<ExpertsConfig>,
    /// Rows of the embedding (V).
    pub vocabulary: usize,
    /// The context length the model was made for.
    pub context_tokens_max: usize,
    /// The epsilon of every RMS norm.
    pub rms_norm_eps: f64,
    /// How positions are encoded.
    pub rope: RopeConfig,
    /// Whether the output matrix is the embedding.
    pub tied_embeddings: bool,
    /// Whether the query, key and value projections have a bias.
    pub qkv_bias: bool,
    /// The token a text begins with.
    pub bos: Option<u32>,
    /// The tokens that end a generation, as the configuration lists them.
    pub eos: Vec<u32>,
    /// How many positions back the attention of local layers looks; `None` where no layer is limited.
    pub sliding_window: Option<usize>,
    /// How each layer mixes tokens, as many as there are layers.
    pub layer_kinds: Vec<LayerKind>,
    /// How positions are encoded in local layers, where that differs.
    pub local_rope: Option<RopeConfig>,
    /// The width whose root scores are divided by, where it is not that of a head.
    pub score_width: Option<usize>,
    /// Whether the weights of norms are stored less 1.
    pub norms_from_zero: bool,
    /// What logits are bounded by, softly.
    pub logit_cap: Option<f32>,
    /// The shape of linear attention, where layers have it.
    pub linear_attention: Option<LinearAttentionConfig>,
    /// Width inside the expert that every token is sent to.
    pub shared_expert: Option<usize>,
    /// What another library reads, where that computes the network.
    pub other: Option<OtherConfig>,
    /// What keys and values are remembered as; integers where the weights are quantised.
    pub cache_element: CacheElement,
}

/// The architectures that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// Computed by another library.
    Other(OtherArchitecture),
    /// Llama 2 and 3, Mistral and models of their shape.
    Llama,
    /// Qwen 2 and 2.5.
    Qwen2,
    /// Qwen 3, dense.
    Qwen3,
    /// Qwen 3 with experts.
    Qwen3Moe,
    /// Mixtral and other `llama` networks with experts.
    Mixtral,
    /// Phi 3, 3.5 and 4.
    Phi3,
    /// Gemma 3, its text part.
    Gemma3,
    /// The open-weight models of `OpenAI`.
    GptOss,
    /// Qwen 3.5 and 3.6 with experts, their text part.
    Qwen35Moe,
}

/// Rotary position embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct RopeConfig {
    /// The base of the frequencies.
    pub theta: f32,
    /// How many of a head's elements rotate, from the first; even.
    pub dim: usize,
    /// Which elements form a pair.
    pub layout: RopeLayout,
    /// How frequencies are changed for long contexts.
    pub scaling: RopeScaling,
}

/// Which elements of a head rotate together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RopeLayout {
    /// Elements 2i and 2i + 1: `llama` in GGUF, whose rows are permuted for it.
    Interleaved,
    /// Elements i and i + dim / 2.
    Half,
}

/// How rotary frequencies are changed for contexts longer than those trained on.
#[derive(Debug, Clone, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// Positions are divided by `factor`.
    Linear {
        /// At least 1.
        factor: f32,
    },
    /// Llama 3.1: low frequencies are divided by `factor`, high ones kept, blended between.
    Llama3 {
        /// At least 1.
        factor: f32,
        /// Wavelengths above `original_context_tokens / low_freq_factor` are divided.
        low_freq_factor: f32,
        /// Wavelengths below `original_context_tokens / high_freq_factor` are kept.
        high_freq_factor: f32,
        /// The context length trained on.
        original_context_tokens: usize,
    },
    /// Each frequency is divided by its own factor, dim / 2 of them.
    Factors(Vec<f32>),
    /// `LongRoPE` (arXiv 2402.13753).
    Long(LongRope),
    /// `YaRN` (arXiv 2309.00071).
    Yarn {
        /// At least 1.
        factor: f32,
        /// The context length trained on.
        original_context_tokens: usize,
        /// What queries and keys are scaled with; `None` is 0.1 ln(factor) + 1.
        attention_factor: Option<f32>,
        /// Rotations above which a dimension is kept, usually 32.
        beta_fast: f32,
        /// Rotations below which a dimension is divided, usually 1.
        beta_slow: f32,
        /// Whether those bounds are widened to whole dimensions.
        whole: bool,
    },
}

/// Two sets of factors, of which one counts for a whole conversation, so that what was computed stays
/// right when it grows: the long one when the context may become longer than the original.
#[derive(Debug, Clone, PartialEq)]
pub struct LongRope {
    /// What each frequency is divided by in a short context, dim / 2 of them.
    pub short: Vec<f32>,
    /// What each frequency is divided by in a long context, dim / 2 of them.
    pub long: Vec<f32>,
    /// The context length trained on.
    pub original_context_tokens: usize,
    /// What queries and keys are scaled with.
    pub magnitude: f32,
}

impl ModelConfig {
    /// Reads the configuration in the header of `gguf`.
    ///
    /// # Errors
    /// [`ModelError::UnsupportedArchitecture`], [`ModelError::MissingTensor`] without an embedding, and
    /// [`ModelError::Malformed`] naming the key.
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, ModelError> {
        gguf::read(gguf)
    }

    /// Reads the `config.json` of `folder`, and the ends of generation in its
    /// `generation_config.json`.
    ///
    /// # Errors
    /// [`ModelError::UnsupportedArchitecture`], [`ModelError::Io`], and [`ModelError::Malformed`]
    /// naming the field.
    pub fn from_folder(folder: &Path) -> Result<Self, ModelError> {
        json::read(folder)
    }
}

impl Architecture {
    /// The names of the architectures that are computed here; [`OtherArchitecture`] has the rest.
    pub const SUPPORTED: &'static [&'static str] = &[
        "llama",
        "qwen2",
        "qwen3",
        "qwen3moe",
        "mixtral",
        "phi3",
        "gemma3",
        "gpt-oss",
        "qwen35moe",
    ];

    /// Its name: the one a GGUF file uses, or what tells it from its like there.
    pub fn name(self) -> &'static str {
        match self {
            Self::Other(other) => other.name(),
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Qwen3Moe => "qwen3moe",
            Self::Mixtral => "mixtral",
            Self::Phi3 => "phi3",
            Self::Gemma3 => "gemma3",
            Self::GptOss => "gpt-oss",
            Self::Qwen35Moe => "qwen35moe",
        }
    }

    /// The name a GGUF file uses, also at the beginning of its keys.
    pub(crate) fn gguf_name(self) -> &'static str {
        match self {
            Self::Other(other) => other.name(),
            Self::Mixtral => "llama",
            Self::Llama
            | Self::Qwen2
            | Self::Qwen3
            | Self::Qwen3Moe
            | Self::Phi3
            | Self::Gemma3
            | Self::GptOss
            | Self::Qwen35Moe => self.name(),
        }
    }

    /// The architecture that a GGUF file calls `name`, whose blocks have experts or not.
    ///
    /// # Errors
    /// [`ModelError::UnsupportedArchitecture`].
    pub(crate) fn from_gguf(name: &str, experts: bool) -> Result<Self, ModelError> {
        match name {
            "llama" if experts => Ok(Self::Mixtral),
            "llama" => Ok(Self::Llama),
            "qwen2" => Ok(Self::Qwen2),
            "qwen3" => Ok(Self::Qwen3),
            "qwen3moe" => Ok(Self::Qwen3Moe),
            "phi3" => Ok(Self::Phi3),
            "gemma3" => Ok(Self::Gemma3),
            "gpt-oss" => Ok(Self::GptOss),
            "qwen35moe" => Ok(Self::Qwen35Moe),
            _ => Err(unsupported(name)),
        }
    }

    /// The architecture of the class, or without one the model type, called `name`.
    ///
    /// # Errors
    /// [`ModelError::UnsupportedArchitecture`].
    pub(crate) fn from_hugging_face(name: &str) -> Result<Self, ModelError> {
        match name {
            "LlamaForCausalLM" | "MistralForCausalLM" | "llama" | "mistral" => Ok(Self::Llama),
            "Qwen2ForCausalLM" | "qwen2" => Ok(Self::Qwen2),
            "Qwen3ForCausalLM" | "qwen3" => Ok(Self::Qwen3),
            "Qwen3MoeForCausalLM" | "qwen3_moe" => Ok(Self::Qwen3Moe),
            "MixtralForCausalLM" | "mixtral" => Ok(Self::Mixtral),
            "Phi3ForCausalLM" | "phi3" => Ok(Self::Phi3),
            "Gemma3ForCausalLM" | "Gemma3ForConditionalGeneration" | "gemma3" | "gemma3_text" => {
                Ok(Self::Gemma3)
            }
            "GptOssForCausalLM" | "gpt_oss" => Ok(Self::GptOss),
            "Qwen3_5MoeForCausalLM"
            | "Qwen3_5MoeForConditionalGeneration"
            | "qwen3_5_moe"
            | "qwen3_5_moe_text" => Ok(Self::Qwen35Moe),
            _ => OtherArchitecture::from_hugging_face(name)
                .map(Self::Other)
                .ok_or_else(|| unsupported(name)),
        }
    }
}

fn unsupported(name: &str) -> ModelError {
    ModelError::UnsupportedArchitecture {
        name: name.to_owned(),
        supported: Architecture::SUPPORTED,
    }
}
