//! The engine: one thread owns a model inside this process and answers requests with it.

use aldo_models::{Checkpoint, DeviceChoice};

use crate::{Backend, BackendError, Generation, Request};

/// How an [`Engine`] runs its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// The device that computes.
    pub device: DeviceChoice,
    /// Threads for the computation; `None` takes one a core.
    pub threads: Option<usize>,
    /// The context length in tokens; `None` takes the model's own, at most 8,192.
    pub context_tokens: Option<usize>,
    /// The most requests that wait while others are answered.
    pub queue_max: usize,
    /// The most requests that are answered at the same time.
    pub sequences_max: usize,
    /// The most prompt tokens one step computes; others' tokens come between two steps.
    pub prefill_chunk_tokens: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            threads: None,
            context_tokens: None,
            queue_max: 64,
            sequences_max: 4,
            prefill_chunk_tokens: 256,
        }
    }
}

/// A model inside this process. The first request loads it; dropping the engine frees it.
#[derive(Debug)]
pub struct Engine {
    model: String,
}

impl Engine {
    /// Starts the thread that will own the model of `checkpoint`. Reads no weights yet.
    pub fn start(checkpoint: Checkpoint, options: EngineOptions) -> Self {
        let _ = options;
        Self { model: checkpoint.id().to_owned() }
    }
}

impl Backend for Engine {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        let _ = request;
        unimplemented!()
    }
}
