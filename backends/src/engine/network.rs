use std::time::Instant;

use aldo_models::{Batch, Cache, Checkpoint, Decoder, LoadProgress, ModelError, pick, set_threads};

use super::budget::Budget;
use super::memory::memory_available_bytes;
use super::meter::ms_between;
use super::options::EngineOptions;

/// The loaded weights and the cache of the sequences that use them.
#[derive(Debug)]
pub(super) struct Network {
    decoder: Decoder,
    pub(super) cache: Cache,
    /// The memory that the cache may take.
    pub(super) budget: Budget,
    /// How long loading took.
    pub(super) load_ms: f64,
}

impl Network {
    /// Loads the weights of `checkpoint`, if they and one context fit the memory.
    pub(super) fn load(
        checkpoint: &Checkpoint,
        options: &EngineOptions,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, ModelError> {
        let start = Instant::now();
        let context = options.context_for(checkpoint.config().context_tokens_max);
        let available = memory_available_bytes();
        let bytes_max = cache_bytes_max(checkpoint, context, options, available)?;
        let slots = options.sequences_max.max(1) + options.conversations_max;
        let (device, why) = pick(options.device)?;
        if let Some(threads) = options.threads {
            set_threads(threads);
        }
        let decoder = Decoder::load_as(checkpoint, &device, options.quantize, progress)?;
        let cache = Cache::new(decoder.config(), &device, slots)?.with_context_tokens_max(context);
        let load_ms = ms_between(Some(start), Some(Instant::now()));
        tracing::info!(
            model = checkpoint.id(),
            why,
            context,
            cache_bytes_max = bytes_max,
            load_ms,
            "model loaded"
        );
        let budget = Budget::new(decoder.config(), bytes_max);
        Ok(Self {
            decoder,
            cache,
            budget,
            load_ms,
        })
    }

    /// Computes `batch` and returns the logits it asks for, a row (V,) each.
    pub(super) fn forward(&mut self, batch: &Batch) -> Result<Vec<Vec<f32>>, ModelError> {
        let logits = self.decoder.forward(batch, &mut self.cache)?;
        if batch.logit_rows().is_empty() {
            return Ok(Vec::new());
        }
        Ok(logits.to_vec2()?)
    }
}

/// The memory that the cache may take, in bytes: a whole context of `context` tokens at least.
pub(super) fn cache_bytes_max(
    checkpoint: &Checkpoint,
    context: usize,
    options: &EngineOptions,
    available: Option<u64>,
) -> Result<u64, ModelError> {
    let states_bytes = Cache::states_size_bytes(checkpoint.config());
    let weights_bytes = checkpoint
        .memory_bytes_as(0, options.quantize)
        .saturating_sub(states_bytes);
    let needed_bytes = checkpoint.memory_bytes_as(context, options.quantize);
    let context_bytes = needed_bytes - weights_bytes;
    let available_bytes = available.unwrap_or(u64::MAX);
    if needed_bytes > available_bytes {
        return Err(ModelError::TooLarge {
            needed_bytes,
            available_bytes,
        });
    }
    let left = available_bytes - weights_bytes;
    let Some(wished) = options.cache_bytes_max else {
        let answered = context_bytes.saturating_mul(options.sequences_max.max(1) as u64);
        return Ok(left.min(answered.max(left / 2)));
    };
    if wished < context_bytes {
        return Err(ModelError::CacheTooSmall {
            context_tokens: context,
            needed_bytes: context_bytes,
            allowed_bytes: wished,
        });
    }
    Ok(left.min(wished))
}
