use crate::{BackendError, Event};

/// A running answer. Dropping it stops the work within one token.
#[derive(Debug)]
pub struct Generation {}

impl Generation {
    /// Waits for the next event; `None` after [`Event::Done`] or an error. Waiting can be canceled
    /// without losing an event.
    pub async fn next(&mut self) -> Option<Result<Event, BackendError>> {
        std::future::pending().await
    }

    /// As [`Generation::next`], for a thread that runs no async tasks.
    ///
    /// # Panics
    /// Within an async task.
    pub fn blocking_next(&mut self) -> Option<Result<Event, BackendError>> {
        unimplemented!()
    }
}
