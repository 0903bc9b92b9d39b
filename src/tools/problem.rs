use std::io;

use rustix::io::Errno;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::outcome::ToolOutcome;

/// Why a tool did not do what it was asked, in words for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It tried and could not, or what it was asked is no call.
    Failed(String),
    /// It may not.
    Refused(String),
}

/// What a tool does: a text for the model, or why not.
pub(super) type Done = Result<String, Problem>;

impl Problem {
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// The same with more said.
    pub(super) fn and(self, more: &str) -> Self {
        match self {
            Self::Failed(reason) => Self::Failed(reason + more),
            Self::Refused(reason) => Self::Refused(reason + more),
        }
    }

    /// What the system says of `path`.
    pub(super) fn of_io(path: &str, error: &io::Error) -> Self {
        let path = path.escape_debug();
        // The library's own refusal has no number of the system's.
        if error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none() {
            return Self::Refused(format!("`{path}` leads out of the folder"));
        }
        if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
            return Self::Refused(format!("`{path}` is a link"));
        }
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "is not there".to_owned(),
            io::ErrorKind::AlreadyExists => "is there already".to_owned(),
            io::ErrorKind::NotADirectory => "is no folder".to_owned(),
            io::ErrorKind::IsADirectory => "is a folder".to_owned(),
            io::ErrorKind::DirectoryNotEmpty => "is a folder that is not empty".to_owned(),
            _ => format!("cannot be used: {error}"),
        };
        Self::Failed(format!("`{path}` {reason}"))
    }
}

impl From<Done> for ToolOutcome {
    fn from(done: Done) -> Self {
        match done {
            Ok(text) => Self::Done(text),
            Err(Problem::Failed(reason)) => Self::Failed(reason),
            Err(Problem::Refused(reason)) => Self::Refused(reason),
        }
    }
}

/// Reads the arguments of a call; nothing that the tool does not know is passed over.
pub(super) fn arguments<T: DeserializeOwned>(arguments: &Value) -> Result<T, Problem> {
    T::deserialize(arguments)
        .map_err(|error| Problem::Failed(format!("the arguments are wrong: {error}")))
}
