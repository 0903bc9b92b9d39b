use std::time::Instant;

use aldo_models::{Batch, Cache, Checkpoint, Decoder, LoadProgress, ModelError, pick};

use super::memory::memory_available_bytes;
use super::meter::ms_between;
use super::options::EngineOptions;

/// The loaded weights and the cache of the sequences that use them.
#[derive(Debug)]
pub(super) struct Network {
    decoder: Decoder,
    pub(super) cache: Cache,
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
        let slots = contexts_that_fit(checkpoint, context, options.sequences_max, available)?;
        let (device, why) = pick(options.device)?;
        if let Some(threads) = options.threads {
            tracing::warn!(
                threads,
                "threads are set by `CANDLE_NUM_THREADS`, not by the engine"
            );
        }
        let decoder = Decoder::load(checkpoint, &device, progress)?;
        let cache = Cache::new(decoder.config(), &device, slots)?.with_context_tokens_max(context);
        let load_ms = ms_between(Some(start), Some(Instant::now()));
        tracing::info!(
            model = checkpoint.id(),
            why,
            context,
            slots,
            load_ms,
            "model loaded"
        );
        Ok(Self {
            decoder,
            cache,
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

/// How many contexts of `context` tokens fit beside the weights, from 1 to `wanted`.
pub(super) fn contexts_that_fit(
    checkpoint: &Checkpoint,
    context: usize,
    wanted: usize,
    available: Option<u64>,
) -> Result<usize, ModelError> {
    let wanted = wanted.max(1);
    let Some(available_bytes) = available else {
        return Ok(wanted);
    };
    let needed_bytes = checkpoint.memory_bytes(context);
    if needed_bytes > available_bytes {
        return Err(ModelError::TooLarge {
            needed_bytes,
            available_bytes,
        });
    }
    let token_bytes = Cache::token_size_bytes(checkpoint.config());
    let context_bytes = token_bytes.saturating_mul(context as u64).max(1);
    let more = (available_bytes - needed_bytes) / context_bytes;
    Ok(wanted.min(
        usize::try_from(more)
            .unwrap_or(usize::MAX)
            .saturating_add(1),
    ))
}
