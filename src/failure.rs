//! How a command fails: a kind with its fixed exit code, a sentence, its causes, and what to do.
//!
//! Knows nothing of terminals; `ui` renders it.

use std::error::Error;
use std::fmt;
use std::io;

use serde_json::{Value, json};

/// Why a command did not do what it was asked, for people and for scripts.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What sort of failure it is; gives the exit code.
    pub(crate) kind: Kind,
    /// The fixed word scripts read, in `snake_case`.
    pub(crate) code: &'static str,
    /// One sentence: lower case, no full stop, the thing in backticks.
    pub(crate) message: String,
    /// What it was caused by.
    pub(crate) source: Option<Box<dyn Error + Send + Sync>>,
    /// What to do about it, most promising first.
    pub(crate) hints: Vec<String>,
    /// Facts for scripts that a sentence cannot hold: candidates, faults.
    pub(crate) details: Option<Box<Value>>,
}

/// The sorts of failure, one for each exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The agent, suite or threshold failed: 1.
    Failed,
    /// Wrong usage, spec, suite or configuration: 2.
    Usage,
    /// Refused or unroutable: 3.
    Refused,
    /// A backend failed: 4.
    Backend,
    /// Interrupted: 130.
    Interrupted,
    /// Whoever read the output has gone; no failure of ours, nothing is said: 0.
    ClosedPipe,
}

impl Kind {
    /// Returns the exit code.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Backend => 4,
            Self::Interrupted => 130,
        }
    }

    /// Returns the kind of an exit code that is not 0.
    pub(crate) fn of_exit_code(code: u8) -> Self {
        let kinds = [Self::Usage, Self::Refused, Self::Backend, Self::Interrupted];
        let kind = kinds.into_iter().find(|kind| kind.exit_code() == code);
        kind.unwrap_or(Self::Failed)
    }
}

impl Failure {
    /// Makes a failure of `kind`, named `code` for scripts.
    pub(crate) fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            source: None,
            hints: Vec::new(),
            details: None,
        }
    }

    /// Makes a failure of the agent, suite or threshold: exit code 1.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, code, message)
    }

    /// Makes a failure of usage, spec or configuration: exit code 2.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, code, message)
    }

    /// Makes a refusal: exit code 3.
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, code, message)
    }

    /// Makes the failure of writing the result: quiet where the reader has gone.
    pub(crate) fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::ClosedPipe, "closed_pipe", "the reader has gone");
        }
        Self::failed("output", "cannot write to standard output").because(error)
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what it was caused by.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Adds facts for scripts.
    #[must_use]
    pub(crate) fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Returns the sentence with its causes: `cannot read `x`: permission denied`.
    pub(crate) fn sentence(&self) -> String {
        let mut sentence = self.message.clone();
        let mut cause = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = cause {
            let text = error.to_string();
            if !sentence.contains(&text) {
                sentence.push_str(": ");
                sentence.push_str(&text);
            }
            cause = error.source();
        }
        sentence
    }

    /// Returns `{code, message, hints, details?}`, what stands under `error` in every document.
    pub(crate) fn json(&self) -> Value {
        let mut error = json!({
            "code": self.code,
            "message": self.sentence(),
            "hints": self.hints,
        });
        if let (Some(details), Some(object)) = (&self.details, error.as_object_mut()) {
            object.insert("details".to_owned(), details.as_ref().clone());
        }
        error
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_exit_code_scripts_expect() {
        let codes = [
            Kind::ClosedPipe,
            Kind::Failed,
            Kind::Usage,
            Kind::Refused,
            Kind::Backend,
            Kind::Interrupted,
        ]
        .map(Kind::exit_code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 130]);
    }

    #[test]
    fn causes_are_said_once() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::usage("unreadable", "cannot read `x`").because(denied);
        assert_eq!(failure.sentence(), "cannot read `x`: permission denied");
        let again = Failure::usage("outer", failure.sentence()).because(failure);
        assert_eq!(again.sentence(), "cannot read `x`: permission denied");
    }

    #[test]
    fn json_names_code_message_and_hints() {
        let failure = Failure::refused("no_eligible_model", "no model").hint("pull one");
        assert_eq!(
            failure.json(),
            json!({"code": "no_eligible_model", "message": "no model", "hints": ["pull one"]})
        );
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
        let closed = Failure::output(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.kind, Kind::ClosedPipe);
        let full = Failure::output(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.kind, Kind::Failed);
    }
}
