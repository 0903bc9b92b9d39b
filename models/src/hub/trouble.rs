//! Whether it helps to try again.

use std::time::Duration;

use super::error::HubError;

/// Why a request, or the rest of its reply, did not come.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may go better in a while, and not before `wait` where the hub says so.
    Passing {
        address: String,
        reason: String,
        wait: Option<Duration>,
    },
    /// It will not.
    Final(HubError),
}

impl Trouble {
    pub(super) fn passing(address: &str, reason: impl Into<String>) -> Self {
        Self::Passing {
            address: address.to_owned(),
            reason: reason.into(),
            wait: None,
        }
    }

    /// The error when nobody tries again.
    pub(super) fn into_error(self) -> HubError {
        match self {
            Self::Passing {
                address, reason, ..
            } => HubError::Unreachable { address, reason },
            Self::Final(error) => error,
        }
    }
}

impl From<HubError> for Trouble {
    fn from(error: HubError) -> Self {
        Self::Final(error)
    }
}
