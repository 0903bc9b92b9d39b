//! The engine: one thread owns a model inside this process and answers requests with it.
//!
//! Callers put requests into a [`queue`]; the thread's [`worker`] turns each into a [`sequence`], and
//! the [`scheduler`] computes them together, one batch a step. Knows checkpoints, but no agents.

mod budget;
mod constraint;
mod language;
mod memory;
mod messages;
mod meter;
mod network;
mod options;
mod outbox;
mod output;
mod pace;
mod queue;
mod scheduler;
mod sequence;
mod slots;
mod speculation;
mod stop_texts;
mod thread;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use aldo_models::{Checkpoint, Sampler};
pub use memory::memory_available_bytes;
pub use options::{EngineOptions, Speculation};

use crate::{Backend, BackendError, Generation, Request};
use queue::{Job, Queue};
use worker::Worker;

/// A model inside this process. The first request loads it. Dropping the engine frees it as soon as
/// the answers in flight are written or dropped.
#[derive(Debug)]
pub struct Engine {
    model: String,
    queue: Arc<Queue>,
}

impl Engine {
    /// Starts the thread that will own the model of `checkpoint`. Reads no weights yet.
    pub fn start(checkpoint: Checkpoint, options: EngineOptions) -> Self {
        let model = checkpoint.id().to_owned();
        let (queue_max, sequences_max) = (options.queue_max, options.sequences_max.max(1));
        let mut worker = Worker::new(checkpoint, options);
        Self::spawn(model, queue_max, sequences_max, move |queue| {
            worker.run(queue);
        })
    }

    fn spawn(
        model: String,
        queue_max: usize,
        sequences_max: usize,
        work: impl FnMut(&Arc<Queue>) + Send + 'static,
    ) -> Self {
        let queue = Arc::new(Queue::new(&model, queue_max, sequences_max));
        thread::spawn(&queue, work);
        Self { model, queue }
    }
}

impl Backend for Engine {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        request.check()?;
        if request
            .messages
            .iter()
            .any(|message| !message.images.is_empty())
        {
            return Err(BackendError::BadRequest {
                field: "messages",
                reason: format!(
                    "hold an image, and `{}` sees none in this process",
                    self.model
                ),
            });
        }
        Sampler::new(request.sampling.clone())?;
        let source = Arc::clone(&self.queue);
        let (events, generation) = Generation::new(source);
        self.queue.submit(Job {
            request,
            events,
            accepted: Instant::now(),
        })?;
        Ok(generation)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
