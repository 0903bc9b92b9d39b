//! Whose failure it is when a model gives no answer.

use aldo_backends::{BackendError, ModelError};

use crate::candidate::Candidate;
use crate::store::Run;

/// Statuses of HTTP that speak of the request, not of who answers it.
const REQUEST_AT_FAULT: [u16; 3] = [400, 413, 422];

/// Marks the model for all processes when it was the one to fail.
pub(super) fn mark(candidate: &Candidate, error: &BackendError, record: &Run) {
    if blames_the_model(error) {
        let Candidate { provider, id, .. } = candidate;
        let reason = error.to_string();
        // The run fails for its own reason; a lost mark costs another failed call.
        let _ = record.store().mark_unhealthy(provider, id, &reason);
    }
}

/// Whether another model may do better. A device that the user chose is no better with another one.
pub(super) fn may_try_another(error: &BackendError) -> bool {
    let device = matches!(error, BackendError::Model(ModelError::Device { .. }));
    error.is_retryable_elsewhere() && !device
}

/// Whether another call of the same model would likely fail as well, whatever it is asked.
fn blames_the_model(error: &BackendError) -> bool {
    match error {
        // The user's choice of device and of settings, what an answer must look like, and a conversation
        // that is too long or that the chat template has no words for, are nobody's illness.
        BackendError::Model(
            ModelError::ContextFull { .. }
            | ModelError::Device { .. }
            | ModelError::Grammar { .. }
            | ModelError::Setting { .. }
            | ModelError::Template { .. },
        ) => false,
        BackendError::Status { status, .. } => !REQUEST_AT_FAULT.contains(status),
        BackendError::Model(_)
        | BackendError::QueueFull { .. }
        | BackendError::EngineStopped { .. }
        | BackendError::Scripted { .. }
        | BackendError::Unreachable { .. }
        | BackendError::Timeout { .. }
        | BackendError::Truncated { .. }
        | BackendError::BadReply { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c06_a_conversation_that_a_template_refuses_marks_no_model() {
        let refused = BackendError::Model(ModelError::Template {
            reason: "roles must alternate".to_owned(),
        });
        assert!(!blames_the_model(&refused));
        assert!(may_try_another(&refused), "another template may take it");
        let lost = BackendError::Model(ModelError::NonFiniteLogits { step: 1 });
        assert!(blames_the_model(&lost));
    }
}
