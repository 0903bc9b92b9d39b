//! The models agents of one tree have open.

use std::cell::RefCell;
use std::sync::Arc;

use aldo_backends::Backend;

use crate::candidate::Candidate;
use crate::commands::backend::{NotOpened, Opener};
use crate::supervise::{Opening, Unopened};

/// The models of a tree. One in this process is there once: agents that work at the same time decode
/// together, and the next one finds what was computed for the one before.
pub(super) struct Pool<'a> {
    opener: Opener<'a>,
    engines: RefCell<Vec<Arc<dyn Backend>>>,
}

impl<'a> Pool<'a> {
    /// Makes one with nothing open.
    pub(super) fn new(opener: Opener<'a>) -> Self {
        Self {
            opener,
            engines: RefCell::default(),
        }
    }

    /// Opens `candidate`, or gives what is open. Of a server it is asked each time whether it still
    /// computes the model itself.
    pub(super) fn open(&self, candidate: Candidate) -> Opening<'_> {
        Box::pin(async move {
            let in_process = candidate.source.is_in_process();
            if in_process && let Some(engine) = self.engine(&candidate) {
                return Ok(engine);
            }
            let opened = self.opener.open(&candidate).await;
            let backend: Arc<dyn Backend> = opened.map_err(unopened)?.into();
            if in_process {
                self.engines.borrow_mut().push(Arc::clone(&backend));
            }
            Ok(backend)
        })
    }

    /// Returns the engine of `candidate`; where there is none, those that nobody uses make room.
    fn engine(&self, candidate: &Candidate) -> Option<Arc<dyn Backend>> {
        let mut engines = self.engines.borrow_mut();
        let found = engines.iter().find(|engine| engine.model() == candidate.id);
        let found = found.cloned();
        if found.is_none() {
            engines.retain(|engine| Arc::strong_count(engine) > 1);
        }
        found
    }
}

fn unopened(error: NotOpened) -> Unopened {
    match error {
        NotOpened::Backend(error) => Unopened::Backend(error),
        NotOpened::NotLocal(not_local) => Unopened::NotLocal(not_local.to_string()),
    }
}
