//! The networks of the other library in one type.

use std::fmt;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{
    deepseek2, gemma, gemma2, glm4_new, helium, olmo, olmo2, phi, qwen2_moe, smol::smollm3,
    stable_lm, starcoder2,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::OtherArchitecture;

/// One network with its weights and what it remembers.
pub(crate) enum Model {
    Gemma(Box<gemma::Model>),
    Gemma2(Box<gemma2::Model>),
    Starcoder2(Box<starcoder2::Model>),
    StableLm(Box<stable_lm::Model>),
    Phi2(Box<phi::Model>),
    Olmo(Box<olmo::Model>),
    Olmo2(Box<olmo2::Model>),
    Glm4(Box<glm4_new::ModelForCausalLM>),
    Helium(Box<helium::Model>),
    SmolLm3(Box<smollm3::ModelForCausalLM>),
    Qwen2Moe(Box<qwen2_moe::Model>),
    DeepSeek2(Box<deepseek2::DeepSeekV2>),
}

impl Model {
    /// Builds the network that `members` describe.
    pub(super) fn load(
        architecture: OtherArchitecture,
        members: Map<String, Value>,
        builder: VarBuilder<'_>,
    ) -> Result<Self> {
        let config = Value::Object(members);
        Ok(match architecture {
            OtherArchitecture::Gemma => {
                Self::Gemma(gemma::Model::new(false, &typed(config)?, builder)?.into())
            }
            OtherArchitecture::Gemma2 => {
                Self::Gemma2(gemma2::Model::new(false, &typed(config)?, builder)?.into())
            }
            OtherArchitecture::Starcoder2 => {
                Self::Starcoder2(starcoder2::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::StableLm => {
                Self::StableLm(stable_lm::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Phi2 => {
                Self::Phi2(phi::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Olmo => {
                Self::Olmo(olmo::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Olmo2 => {
                Self::Olmo2(olmo2::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Glm4 => {
                Self::Glm4(glm4_new::ModelForCausalLM::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Helium => {
                Self::Helium(helium::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::SmolLm3 => {
                Self::SmolLm3(smollm3::ModelForCausalLM::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::Qwen2Moe => {
                Self::Qwen2Moe(qwen2_moe::Model::new(&typed(config)?, builder)?.into())
            }
            OtherArchitecture::DeepSeek2 => {
                Self::DeepSeek2(deepseek2::DeepSeekV2::new(&typed(config)?, builder)?.into())
            }
        })
    }

    /// Feeds `tokens` (1, n) from position `start` on and returns the logits of the last, V of them.
    pub(super) fn forward(&mut self, tokens: &Tensor, start: usize) -> Result<Tensor> {
        match self {
            Self::Gemma(model) => model.forward(tokens, start),
            Self::Gemma2(model) => model.forward(tokens, start),
            Self::Starcoder2(model) => model.forward(tokens, start),
            Self::StableLm(model) => model.forward(tokens, start),
            Self::Phi2(model) => model.forward(tokens),
            Self::Olmo(model) => model.forward(tokens, start),
            Self::Olmo2(model) => model.forward(tokens, start),
            Self::Glm4(model) => model.forward(tokens, start),
            Self::Helium(model) => model.forward(tokens, start),
            Self::SmolLm3(model) => model.forward(tokens, start),
            Self::Qwen2Moe(model) => model.forward(tokens, start),
            Self::DeepSeek2(model) => model.forward(tokens, start),
        }
    }

    /// Whether several tokens behind others see all that they may and nothing else.
    pub(super) fn masks_past(&self) -> bool {
        match self {
            Self::Phi2(_) => false,
            Self::Gemma(_)
            | Self::Gemma2(_)
            | Self::Starcoder2(_)
            | Self::StableLm(_)
            | Self::Olmo(_)
            | Self::Olmo2(_)
            | Self::Glm4(_)
            | Self::Helium(_)
            | Self::SmolLm3(_)
            | Self::Qwen2Moe(_)
            | Self::DeepSeek2(_) => true,
        }
    }
}

/// Not every network of the other library can be shown.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

fn typed<T: DeserializeOwned>(config: Value) -> Result<T> {
    serde_json::from_value(config).map_err(candle_core::Error::wrap)
}
