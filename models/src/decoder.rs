//! A loaded model of any architecture.

use candle_core::{Device, Tensor};

use crate::batch::Batch;
use crate::cache::Cache;
use crate::checkpoint::Checkpoint;
use crate::config::ModelConfig;
use crate::error::ModelError;

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
pub enum Decoder {}

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
        let _ = (checkpoint, device, progress);
        unimplemented!()
    }

    /// The network's numbers.
    pub fn config(&self) -> &ModelConfig {
        unimplemented!()
    }

    /// Feeds `batch` and returns the logits it asks for.
    ///
    /// Result: (L, V) in f32 on the model's device, L = the positions whose span asks for logits, in
    /// the order of the batch. Grows `cache` by the batch's tokens.
    ///
    /// # Errors
    /// [`ModelError::ContextFull`] when a span would pass the context length, [`ModelError::Setting`]
    /// for an empty batch, an unknown slot or a token outside the vocabulary. After any error the
    /// cache has its old lengths.
    pub fn forward(&self, batch: &Batch, cache: &mut Cache) -> Result<Tensor, ModelError> {
        let _ = (batch, cache);
        unimplemented!()
    }
}
