use crate::{BackendError, Generation, Request};

/// Something that answers requests with a language model.
pub trait Backend: Send + Sync {
    /// The id of the model that answers.
    fn model(&self) -> &str;

    /// Accepts `request` and returns the stream of its answer. Never waits for the model.
    ///
    /// # Errors
    /// [`BackendError::QueueFull`], [`BackendError::EngineStopped`] and [`BackendError::BadRequest`];
    /// whatever shows only later comes through the [`Generation`].
    fn generate(&self, request: Request) -> Result<Generation, BackendError>;
}
