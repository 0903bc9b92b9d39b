//! From a candidate that was chosen to a backend that answers.

use aldo_backends::{Backend, BackendError, Engine, EngineOptions};

use crate::candidate::{Candidate, Source};
use crate::discovery::Discovered;

/// What is needed to open a candidate.
#[derive(Debug)]
pub(crate) struct Opener<'a> {
    /// The candidates, and the checkpoints behind those in process.
    pub(crate) discovered: &'a Discovered,
    /// How a model in process runs.
    pub(crate) engine: EngineOptions,
}

impl Opener<'_> {
    /// Opens `candidate`. Nothing of a conversation has left when this returns.
    ///
    /// # Errors
    /// [`BackendError`] when it cannot be opened.
    pub(crate) fn open(&self, candidate: &Candidate) -> Result<Box<dyn Backend>, BackendError> {
        match &candidate.source {
            Source::Builtin | Source::Checkpoint(_) => self.in_process(candidate),
        }
    }

    fn in_process(&self, candidate: &Candidate) -> Result<Box<dyn Backend>, BackendError> {
        let checkpoint = self.discovered.checkpoint(candidate);
        let checkpoint = checkpoint.expect("discovery keeps the checkpoint of each candidate in process");
        Ok(Box::new(Engine::start(checkpoint.clone(), self.engine.clone())))
    }
}
