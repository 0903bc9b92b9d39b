//! What goes wrong between aldo and a server that is asked over HTTP, in sentences.

use std::sync::{Arc, Mutex, PoisonError};

use aldo_backends::NetError;
use rmcp::service::ClientInitializeError;
use rmcp::transport::DynamicTransportError;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use super::visible::short;

/// What went wrong, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Trouble(pub(super) String);

/// What went wrong last. The protocol's client says of a stream that broke only that it did.
#[derive(Debug, Clone, Default)]
pub(super) struct LastTrouble(Arc<Mutex<Option<String>>>);

impl LastTrouble {
    pub(super) fn note(&self, reason: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl From<NetError> for Trouble {
    fn from(error: NetError) -> Self {
        Self(error.to_string())
    }
}

impl From<Trouble> for StreamableHttpError<Trouble> {
    fn from(trouble: Trouble) -> Self {
        Self::Client(trouble)
    }
}

/// Returns what a message that was not answered says; nothing where that is not known.
pub(super) fn of_transport(error: &DynamicTransportError) -> Option<String> {
    let error = error.error.downcast_ref::<StreamableHttpError<Trouble>>()?;
    Some(match error {
        StreamableHttpError::Client(trouble) => trouble.0.clone(),
        StreamableHttpError::SessionExpired => {
            "it does not know its own session any more, not even a new one".to_owned()
        }
        StreamableHttpError::SessionRecoveryTimeout => {
            "it does not know its session any more and gave no new one in time".to_owned()
        }
        StreamableHttpError::ReinitializationFailed(error) => {
            format!(
                "it does not know its session any more and gives no new one: {}",
                short(&error.message)
            )
        }
        StreamableHttpError::TransportChannelClosed => return None,
        error => short(&error.to_string()),
    })
}

/// Returns why a server was not greeted.
pub(super) fn of_greeting(error: &ClientInitializeError, last: &LastTrouble) -> String {
    if let ClientInitializeError::TransportError { error, .. } = error
        && let Some(reason) = of_transport(error)
    {
        return reason;
    }
    if let Some(reason) = last.take() {
        return reason;
    }
    match error {
        ClientInitializeError::JsonRpcError(error) => {
            format!("it says: {}", short(&error.message))
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => of_greeting(fallback, last),
        error => format!(
            "it does not answer as a server: {}",
            short(&error.to_string())
        ),
    }
}
