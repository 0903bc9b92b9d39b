//! Why a run on the hosted plane could not be started or waited for.

use aldo_backends::NetError;
use serde_json::{Value, json};

use crate::failure::{Failure, Kind};

/// Why a run on the hosted plane could not be started or waited for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostedError {
    /// This build has no client.
    #[error("this build of aldo has no client for the hosted plane")]
    NotBuilt,
    /// `ALDO_API_URL` cannot be used.
    #[error("the token is not sent to `ALDO_API_URL`: {0}")]
    Address(NetError),
    /// No reply came to the request that starts the run.
    #[error("the hosted plane does not answer: {0}")]
    NoReply(NetError),
    /// The plane said no, in its own words.
    #[error("the hosted plane refuses the run: {message} (`{code}`)")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its code.
        code: String,
        /// Its sentence.
        message: String,
        /// What it adds.
        details: Option<Value>,
    },
    /// The reply is not what the interface says.
    #[error("the hosted plane answers with status {status} and {bytes} bytes that are {what}")]
    BadReply {
        /// The HTTP status.
        status: u16,
        /// The length of the body, which is not shown: it may hold anything.
        bytes: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The run did not end in time.
    #[error("hosted run `{run}` did not end within {seconds} s, its status is `{status}`")]
    TimedOut {
        /// Its id there.
        run: String,
        /// Its last status.
        status: String,
        /// How long was waited, in seconds.
        seconds: u64,
    },
}

impl HostedError {
    /// Returns the fixed word scripts read.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotBuilt => "hosted_not_built",
            Self::Address(_) => "hosted_address",
            Self::NoReply(_) => "hosted_unreachable",
            Self::Refused { code, .. } if code == PRIVACY => PRIVACY,
            Self::Refused { status, .. } | Self::BadReply { status, .. } => match status {
                300..400 => "hosted_redirect",
                401 => "hosted_unauthorized",
                402 => "hosted_budget",
                403 => "hosted_forbidden",
                404 => "hosted_not_found",
                400..500 => "hosted_refused",
                _ => "hosted_failed",
            },
            Self::TimedOut { .. } => "HostedRunTimeoutError",
        }
    }

    /// Returns the sort of failure: what the user can set right, what the plane forbids, what broke.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Address(_) => Kind::Usage,
            Self::NotBuilt => Kind::Refused,
            Self::NoReply(_) | Self::TimedOut { .. } => Kind::Backend,
            Self::Refused { status, .. } | Self::BadReply { status, .. } => match status {
                401 | 404 => Kind::Usage,
                400 | 402 | 403 | 422 => Kind::Refused,
                _ => Kind::Backend,
            },
        }
    }

    /// Returns what to do about it.
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotBuilt => {
                "leave out `--route hosted`, or use a build with the feature `hosted`"
            }
            Self::Address(_) => "name an `https` or loopback address in `ALDO_API_URL`",
            Self::NoReply(_) => {
                "look whether `ALDO_API_URL` is right, or run it here with `--route local`"
            }
            Self::Refused { code, .. } if code == PRIVACY => {
                "no model there may see its input: run it here with `--route local`"
            }
            Self::Refused { status, .. } | Self::BadReply { status, .. } => match status {
                300..400 => "redirects are not followed: name the final address in `ALDO_API_URL`",
                401 => "the token in `ALDO_API_TOKEN` is not accepted: make a new one",
                402 => "the budget there is used up: raise it, or run it here with `--route local`",
                403 => "the token in `ALDO_API_TOKEN` may not run this agent",
                404 => "the agent, its version or the project is not known there",
                400..500 => "the hosted plane does not take the request as it is",
                _ => "try again later, or run it here with `--route local`",
            },
            Self::TimedOut { .. } => "the run goes on there; its id finds it",
        };
        vec![hint.to_owned()]
    }
}

/// The code of the interface for a run that no model there may answer.
const PRIVACY: &str = "privacy_tier_unroutable";

impl From<HostedError> for Failure {
    fn from(error: HostedError) -> Self {
        let mut failure = Self::new(error.kind(), error.code(), error.to_string());
        failure.hints = error.hints();
        match error {
            HostedError::Refused {
                status,
                code,
                message,
                details,
            } => failure.details(json!({
                "status": status, "code": code, "message": message, "details": details,
            })),
            HostedError::TimedOut { run, status, .. } => {
                failure.details(json!({ "run": run, "status": status }))
            }
            HostedError::NotBuilt
            | HostedError::Address(_)
            | HostedError::NoReply(_)
            | HostedError::BadReply { .. } => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> (u8, &'static str) {
        let error = HostedError::Refused {
            status,
            code: code.to_owned(),
            message: "no".to_owned(),
            details: None,
        };
        let failure = Failure::from(error);
        assert_eq!(failure.hints.len(), 1);
        (failure.kind.exit_code(), failure.code)
    }

    #[test]
    fn each_status_has_its_code_and_exit_code() {
        assert_eq!(refused(401, "unauthenticated"), (2, "hosted_unauthorized"));
        assert_eq!(refused(402, "trial_expired"), (3, "hosted_budget"));
        assert_eq!(refused(422, PRIVACY), (3, PRIVACY));
        assert_eq!(refused(422, "validation_error"), (3, "hosted_refused"));
        assert_eq!(refused(404, "not_found"), (2, "hosted_not_found"));
        assert_eq!(refused(429, "busy"), (4, "hosted_refused"));
        assert_eq!(refused(503, "internal_error"), (4, "hosted_failed"));
    }

    #[test]
    fn the_error_of_a_run_that_never_ends_has_the_name_scripts_know() {
        let error = HostedError::TimedOut {
            run: "r1".to_owned(),
            status: "running".to_owned(),
            seconds: 600,
        };
        let failure = Failure::from(error);
        assert_eq!(
            (failure.kind.exit_code(), failure.code),
            (4, "HostedRunTimeoutError")
        );
        assert_eq!(
            failure.message,
            "hosted run `r1` did not end within 600 s, its status is `running`"
        );
    }
}
