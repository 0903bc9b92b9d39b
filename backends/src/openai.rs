//! A backend that asks a server over HTTP, as `OpenAI` defined it and as servers really speak it.
//!
//! One thread talks to the server. Knows no privacy tier: its endpoint is the proof that it may be used.

mod assembler;
mod calls;
mod exchange;
mod meter;
mod options;
mod refusal;
mod replay;
mod retry;
mod splitter;
mod timeouts;
mod worker;

use std::sync::Arc;
use std::time::Instant;

pub use options::OpenAiOptions;
pub(crate) use replay::replay;
pub use timeouts::Timeouts;

use crate::generation::Source;
use crate::{Backend, BackendError, Generation, Request};
use exchange::Exchange;
use worker::{Job, Worker};

/// A model behind an HTTP server. Dropping it lets the answers in flight come to their end.
#[derive(Debug)]
pub struct OpenAi {
    model: String,
    address: String,
    worker: Worker,
}

/// What a generation knows of its answer.
#[derive(Debug)]
struct Answering {
    address: String,
}

impl OpenAi {
    /// Starts the thread that will talk to the server. Connects to nothing yet.
    ///
    /// # Errors
    /// [`BackendError::NoClient`].
    pub fn new(options: OpenAiOptions) -> Result<Self, BackendError> {
        let model = options.model.clone();
        let address = options.endpoint.base_url();
        let worker = Worker::start(Exchange::new(options)?)?;
        Ok(Self {
            model,
            address,
            worker,
        })
    }
}

impl Backend for OpenAi {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        request.check()?;
        let (events, generation) = Generation::new(Arc::new(Answering {
            address: self.address.clone(),
        }));
        let accepted = Instant::now();
        self.worker.submit(Job {
            request,
            events,
            accepted,
        })?;
        Ok(generation)
    }
}

impl Source for Answering {
    /// The task that writes the events waits on the channel itself.
    fn reader_moved(&self) {}

    fn broken_off(&self) -> BackendError {
        BackendError::Truncated {
            address: self.address.clone(),
            reason: "the thread that read it ended".to_owned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
