//! What can go wrong between a repository on the hub and a file in the cache.

use std::path::{Path, PathBuf};

use crate::error::ModelError;
use crate::escape::{shown, shown_up_to};

/// The most characters of a path or a reason that a message repeats.
const REASON_CHARS_MAX: usize = 400;

/// Everything a download can fail with. What comes from outside is escaped when the error is
/// displayed; addresses are shown without user and query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// What was typed is no repository, quantisation or revision.
    #[error("`{}` is no model on the hub: {reason}", shown(.text))]
    BadReference {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address of the hub cannot be used.
    #[error("`{}` is no address of a hub: {reason}", shown(.url))]
    BadAddress {
        /// The address without user and query.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The user forbade every connection but to this machine.
    #[error("`{url}` is not an address of this machine, and `ALDO_OFFLINE` is set")]
    Offline {
        /// The address.
        url: String,
    },
    /// This build cannot download.
    #[error("this build has no network client")]
    NotBuilt,
    /// The client cannot be made.
    #[error("the network client cannot start: {}", text(.reason))]
    NoClient {
        /// What the library says.
        reason: String,
    },
    /// Nobody answers, or the connection broke and could not be taken up again.
    #[error("cannot download from `{address}`: {}", text(.reason))]
    Unreachable {
        /// The address.
        address: String,
        /// What happened last.
        reason: String,
    },
    /// A redirect leads where it must not.
    #[error("`{address}` redirects to `{}`: {reason}", shown(.to))]
    BadRedirect {
        /// Who sends us away.
        address: String,
        /// Where, without user and query.
        to: String,
        /// Why nobody goes there.
        reason: &'static str,
    },
    /// The hub wants to know who asks, or does not let them.
    #[error("the hub at `{address}` does not give `{repository}` to {}", who(*.token_sent))]
    Denied {
        /// The hub.
        address: String,
        /// The repository.
        repository: String,
        /// Whether a token was sent.
        token_sent: bool,
        /// Why a token that is here was not sent.
        token_kept: Option<&'static str>,
    },
    /// The repository, its revision or a file does not exist.
    #[error("the hub at `{address}` has no `{what}`")]
    NotFound {
        /// The hub.
        address: String,
        /// What was asked for.
        what: String,
    },
    /// The hub answers with a status that helps nobody.
    #[error("`{address}` answers with status {status}")]
    Status {
        /// The address.
        address: String,
        /// The status.
        status: u16,
    },
    /// The hub's description of a repository cannot be used.
    #[error("the hub at `{address}` describes `{repository}` wrongly: {}", text(.reason))]
    BadListing {
        /// The hub.
        address: String,
        /// The repository.
        repository: String,
        /// What is wrong.
        reason: String,
    },
    /// The repository has nothing of what was asked for, or more than one.
    #[error("`{repository}` {}", text(.reason))]
    NoChoice {
        /// The repository.
        repository: String,
        /// What is missing or unclear.
        reason: String,
        /// What can be asked for instead, with sizes in bytes.
        choices: Vec<(String, u64)>,
    },
    /// A file is not what the hub said it would be.
    #[error("`{}` is not what the hub announced: expected {expected}, got {found}", shown(.file))]
    Mismatch {
        /// The file.
        file: String,
        /// The digest or size that was announced.
        expected: String,
        /// The one that came.
        found: String,
    },
    /// The file or folder cannot be read or written.
    #[error("cannot write `{}`: {source}", text(&.path.to_string_lossy()))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The checkpoint could not be used here, which its header says already.
    #[error("`{repository}` holds nothing that runs here: {}", text(.reason))]
    Unusable {
        /// The repository.
        repository: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cache holds something that cannot be deleted by itself.
    #[error("`{}` is not in the cache", text(&.path.to_string_lossy()))]
    NotCached {
        /// The path.
        path: PathBuf,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl HubError {
    /// Builds [`HubError::Io`] for `path`.
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    /// Builds [`HubError::Unusable`]; `folder` is where the file was looked at, which nobody knows.
    pub(super) fn unusable(repository: &str, error: &ModelError, folder: &Path) -> Self {
        let folder = format!("{}/", folder.display());
        Self::Unusable {
            repository: repository.to_owned(),
            reason: error.to_string().replace(&folder, ""),
        }
    }
}

fn text(reason: &str) -> String {
    shown_up_to(reason, REASON_CHARS_MAX)
}

fn who(token_sent: bool) -> &'static str {
    if token_sent {
        "the owner of this token"
    } else {
        "strangers"
    }
}
