//! Architectures that another library computes.

use serde_json::{Map, Value};

/// The decoder architectures that are computed by candle-transformers. It keeps the memory of a
/// conversation inside itself: one sequence at a time, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OtherArchitecture {
    /// Gemma, the first.
    Gemma,
    /// Gemma 2.
    Gemma2,
    /// `StarCoder` 2.
    Starcoder2,
    /// `StableLM` 3B and 2.
    StableLm,
    /// Phi 1, 1.5 and 2.
    Phi2,
    /// `OLMo`.
    Olmo,
    /// `OLMo` 2.
    Olmo2,
    /// GLM 4 since 0414.
    Glm4,
    /// Helium.
    Helium,
    /// `SmolLM` 3.
    SmolLm3,
    /// Qwen 1.5 and 2 with experts.
    Qwen2Moe,
    /// `DeepSeek` V2.
    DeepSeek2,
}

/// The members of a `config.json` that the other library reads, each checked.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherConfig(pub(crate) Map<String, Value>);

impl OtherArchitecture {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::Gemma,
        Self::Gemma2,
        Self::Starcoder2,
        Self::StableLm,
        Self::Phi2,
        Self::Olmo,
        Self::Olmo2,
        Self::Glm4,
        Self::Helium,
        Self::SmolLm3,
        Self::Qwen2Moe,
        Self::DeepSeek2,
    ];

    /// Its name, as GGUF files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gemma => "gemma",
            Self::Gemma2 => "gemma2",
            Self::Starcoder2 => "starcoder2",
            Self::StableLm => "stablelm",
            Self::Phi2 => "phi2",
            Self::Olmo => "olmo",
            Self::Olmo2 => "olmo2",
            Self::Glm4 => "glm4",
            Self::Helium => "helium",
            Self::SmolLm3 => "smollm3",
            Self::Qwen2Moe => "qwen2moe",
            Self::DeepSeek2 => "deepseek2",
        }
    }

    /// The architecture of the class, or without one the model type, called `name`.
    pub(crate) fn from_hugging_face(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|it| it.hugging_face().contains(&name))
    }

    /// Its class and its model type.
    fn hugging_face(self) -> [&'static str; 2] {
        match self {
            Self::Gemma => ["GemmaForCausalLM", "gemma"],
            Self::Gemma2 => ["Gemma2ForCausalLM", "gemma2"],
            Self::Starcoder2 => ["Starcoder2ForCausalLM", "starcoder2"],
            Self::StableLm => ["StableLmForCausalLM", "stablelm"],
            Self::Phi2 => ["PhiForCausalLM", "phi"],
            Self::Olmo => ["OlmoForCausalLM", "olmo"],
            Self::Olmo2 => ["Olmo2ForCausalLM", "olmo2"],
            Self::Glm4 => ["Glm4ForCausalLM", "glm4"],
            Self::Helium => ["HeliumForCausalLM", "helium"],
            Self::SmolLm3 => ["SmolLM3ForCausalLM", "smollm3"],
            Self::Qwen2Moe => ["Qwen2MoeForCausalLM", "qwen2_moe"],
            Self::DeepSeek2 => ["DeepseekV2ForCausalLM", "deepseek_v2"],
        }
    }
}
