//! A loaded model of any architecture.

use candle_core::{DType, Device, Result as TensorResult, Tensor};

use crate::arch::{Gemma3, GptOss, Llama, Mixtral, Other, Phi3, Qwen2, Qwen3, Qwen3Moe, Qwen35Moe};
use crate::batch::Batch;
use crate::cache::Cache;
use crate::checkpoint::Checkpoint;
use crate::config::{Architecture, ModelConfig, OtherArchitecture};
use crate::error::ModelError;
use crate::kernels::attention::CacheElement;
use crate::kernels::pages;
use crate::layers::Loader;
use crate::pass::Pass;
use crate::quantize::Quantize;

/// How far loading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress {
    /// Bytes of weights read.
    pub done_bytes: u64,
    /// Bytes of weights in all.
    pub total_bytes: u64,
}

/// A model that is loaded; it does not change any more and can be shared by threads.
#[derive(Debug)]
pub struct Decoder {
    config: ModelConfig,
    device: Device,
    network: Kind,
}

/// Who computes the network.
#[derive(Debug)]
enum Kind {
    Own(Network),
    /// Another library.
    Other(Other),
}

#[derive(Debug)]
enum Network {
    Llama(Llama),
    Qwen2(Qwen2),
    Qwen3(Qwen3),
    Qwen3Moe(Qwen3Moe),
    Mixtral(Mixtral),
    Phi3(Phi3),
    Gemma3(Gemma3),
    GptOss(GptOss),
    Qwen35Moe(Qwen35Moe),
}

impl Decoder {
    /// Loads the weights of `checkpoint` onto `device` and calls `progress` after each tensor.
    ///
    /// # Errors
    /// What [`Weights`](crate::Weights) says about a tensor that is missing or has another shape, and
    /// [`ModelError::Changed`] when the file was replaced while it was read.
    pub fn load(
        checkpoint: &Checkpoint,
        device: &Device,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, ModelError> {
        Self::load_as(checkpoint, device, None, progress)
    }

    /// As [`Decoder::load`], with matrices made smaller as `quantize` says.
    ///
    /// # Errors
    /// As [`Decoder::load`].
    pub fn load_as(
        checkpoint: &Checkpoint,
        device: &Device,
        quantize: Option<Quantize>,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, ModelError> {
        pages::keep_freed();
        let mut config = checkpoint.config_as(quantize);
        if !device.is_cpu() {
            config.cache_element = CacheElement::F32; // tensors, for the device's own kernels
        }
        let mut loader = Loader::new(checkpoint, device, progress).with_quantize(quantize);
        let network = match config.architecture {
            Architecture::Other(other) => {
                refuse_quantize(other, quantize)?;
                let network = Other::load(&config, other, loader.weights(), device)?;
                return Self::finish(config, Kind::Other(network), loader, device);
            }
            Architecture::Llama => Network::Llama(Llama::load(&config, &mut loader)?),
            Architecture::Qwen2 => Network::Qwen2(Qwen2::load(&config, &mut loader)?),
            Architecture::Qwen3 => Network::Qwen3(Qwen3::load(&config, &mut loader)?),
            Architecture::Qwen3Moe => Network::Qwen3Moe(Qwen3Moe::load(&config, &mut loader)?),
            Architecture::Mixtral => Network::Mixtral(Mixtral::load(&config, &mut loader)?),
            Architecture::Phi3 => Network::Phi3(Phi3::load(&config, &mut loader)?),
            Architecture::Gemma3 => Network::Gemma3(Gemma3::load(&config, &mut loader)?),
            Architecture::GptOss => Network::GptOss(GptOss::load(&config, &mut loader)?),
            Architecture::Qwen35Moe => Network::Qwen35Moe(Qwen35Moe::load(&config, &mut loader)?),
        };
        Self::finish(config, Kind::Own(network), loader, device)
    }

    fn finish(
        config: ModelConfig,
        network: Kind,
        loader: Loader<'_>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        loader.finish()?;
        Ok(Self {
            config,
            device: device.clone(),
            network,
        })
    }

    /// Whether sequences can be computed together and go on from a prefix of what was computed. If
    /// not, its cache has one slot, and a trimmed slot begins again.
    pub fn shares_work(&self) -> bool {
        match self.network {
            Kind::Own(_) => true,
            Kind::Other(_) => false,
        }
    }

    /// The network's numbers.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device its weights are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Feeds `batch` and returns the logits it asks for.
    ///
    /// Result: (L, V) in f32 on the model's device, L = the positions whose span asks for logits, in
    /// the order of the batch. Grows `cache` by the batch's tokens.
    ///
    /// # Errors
    /// [`ModelError::ContextFull`] when a span would pass the context length, [`ModelError::Setting`]
    /// for an empty batch, an unknown slot or a token outside the vocabulary,
    /// [`ModelError::NonFiniteStates`] when damaged weights give what is no number. After any error
    /// the cache has its old lengths.
    pub fn forward(&self, batch: &Batch, cache: &mut Cache) -> Result<Tensor, ModelError> {
        let mut pass = Pass::new(batch, cache, self.config.vocabulary, &self.device)?;
        let logits = match &self.network {
            Kind::Own(network) => {
                let hidden = network.forward(&mut pass)?; // (N, hidden)
                match pass.select(&hidden)? {
                    Some(hidden) => {
                        self.check_finite(&hidden)?;
                        Some(network.logits(&hidden)?) // (L, V)
                    }
                    None => None,
                }
            }
            Kind::Other(other) => other.forward(&mut pass)?,
        };
        let logits = match logits {
            Some(logits) => logits,
            None => Tensor::zeros((0, self.config.vocabulary), DType::F32, &Device::Cpu)?,
        };
        pass.commit();
        Ok(logits)
    }

    /// Rounding to 8 bits in the output layer would turn NaN into zeros, and so into text.
    fn check_finite(&self, hidden: &Tensor) -> Result<(), ModelError> {
        let states: Vec<f32> = hidden.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
        if states.iter().all(|state| state.is_finite()) {
            return Ok(());
        }
        Err(ModelError::NonFiniteStates {
            layers: self.config.layers,
        })
    }
}

/// The other library multiplies with dense weights only.
fn refuse_quantize(
    architecture: OtherArchitecture,
    quantize: Option<Quantize>,
) -> Result<(), ModelError> {
    if quantize.is_none() {
        return Ok(());
    }
    let name = architecture.name();
    Err(ModelError::Setting {
        field: "quantize",
        reason: format!("is not possible for `{name}`, which candle-transformers computes"),
    })
}

impl Network {
    fn forward(&self, pass: &mut Pass<'_>) -> TensorResult<Tensor> {
        match self {
            Self::Llama(llama) => llama.forward(pass),
            Self::Qwen2(qwen2) => qwen2.forward(pass),
            Self::Qwen3(qwen3) => qwen3.forward(pass),
            Self::Qwen3Moe(qwen3moe) => qwen3moe.forward(pass),
            Self::Mixtral(mixtral) => mixtral.forward(pass),
            Self::Phi3(phi3) => phi3.forward(pass),
            Self::Gemma3(gemma3) => gemma3.forward(pass),
            Self::GptOss(gpt_oss) => gpt_oss.forward(pass),
            Self::Qwen35Moe(qwen35moe) => qwen35moe.forward(pass),
        }
    }

    fn logits(&self, hidden: &Tensor) -> TensorResult<Tensor> {
        match self {
            Self::Llama(llama) => llama.logits(hidden),
            Self::Qwen2(qwen2) => qwen2.logits(hidden),
            Self::Qwen3(qwen3) => qwen3.logits(hidden),
            Self::Qwen3Moe(qwen3moe) => qwen3moe.logits(hidden),
            Self::Mixtral(mixtral) => mixtral.logits(hidden),
            Self::Phi3(phi3) => phi3.logits(hidden),
            Self::Gemma3(gemma3) => gemma3.logits(hidden),
            Self::GptOss(gpt_oss) => gpt_oss.logits(hidden),
            Self::Qwen35Moe(qwen35moe) => qwen35moe.logits(hidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_can_be_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Decoder>();
        shared::<Cache>();
    }
}
