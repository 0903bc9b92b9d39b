//! Systems without a filter a process can put on itself.

use crate::seal::{FileRules, Files, Outward, Seal, SealError, Sealed, Support};

const REASON: &str = "only Linux lets a program close itself";

pub(crate) fn apply(_: Seal, _: &Files) -> Result<Sealed, SealError> {
    Err(unavailable())
}

pub(crate) fn within<T: Send>(_: &Files, _: impl FnOnce() -> T + Send) -> Result<T, SealError> {
    Err(unavailable())
}

pub(crate) fn confined<T: Send>(
    _: &Files,
    _: Outward,
    _: impl FnOnce() -> T + Send,
) -> Result<T, SealError> {
    Err(unavailable())
}

pub(crate) fn support() -> Support {
    let reason = REASON.to_owned();
    Support {
        connections: Err(reason.clone()),
        files: FileRules::Nobody { reason },
    }
}

pub(crate) fn forbid_core_files() -> Result<(), SealError> {
    Err(unavailable())
}

pub(crate) fn limit_memory(_: u64) -> Result<(), SealError> {
    Err(unavailable())
}

fn unavailable() -> SealError {
    SealError::Unavailable {
        reason: REASON.to_owned(),
    }
}
