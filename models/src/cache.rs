//! The key-value memory of many sequences.

use candle_core::Device;

use crate::config::ModelConfig;
use crate::error::ModelError;

/// Keys and values of every layer for a fixed number of slots, one sequence a slot.
#[derive(Debug)]
pub struct Cache;

impl Cache {
    /// Creates a cache of `slots` empty slots for the model of `config`. Memory is taken as the slots
    /// grow.
    ///
    /// # Errors
    /// [`ModelError::Setting`] when `slots` is 0.
    pub fn new(config: &ModelConfig, device: &Device, slots: usize) -> Result<Self, ModelError> {
        let _ = (config, device, slots);
        unimplemented!()
    }

    /// Lowers the context length to `tokens`, where a user or the memory allows no more than that.
    #[must_use]
    pub fn with_context_tokens_max(self, tokens: usize) -> Self {
        let _ = tokens;
        self
    }

    /// The most tokens a slot can hold.
    pub fn context_tokens_max(&self) -> usize {
        unimplemented!()
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        unimplemented!()
    }

    /// How many tokens `slot` holds; 0 for a slot that does not exist.
    pub fn len(&self, slot: usize) -> usize {
        let _ = slot;
        unimplemented!()
    }

    /// Shortens `slot` to its first `len` tokens; a longer `len` changes nothing. Its memory stays.
    pub fn trim(&mut self, slot: usize, len: usize) {
        let _ = (slot, len);
    }

    /// Empties `slot` and gives its memory back.
    pub fn clear(&mut self, slot: usize) {
        let _ = slot;
    }

    /// Makes slot `to` a copy of slot `from`, which may go on differently from there.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a slot that does not exist.
    pub fn fork(&mut self, from: usize, to: usize) -> Result<(), ModelError> {
        let _ = (from, to);
        unimplemented!()
    }

    /// The memory its buffers take, in bytes.
    pub fn size_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// The memory one token of one slot takes, in bytes, for the model of `config`.
    pub fn token_size_bytes(config: &ModelConfig) -> u64 {
        let _ = config;
        unimplemented!()
    }
}
