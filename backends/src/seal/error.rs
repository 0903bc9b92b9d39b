use std::io;
use std::path::PathBuf;

/// Why a process is not sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system has nothing to seal with.
    #[error("{reason}")]
    Unavailable {
        /// What is missing.
        reason: String,
    },
    /// The kernel does not take the seal.
    #[error("the kernel refuses {what}")]
    Refused {
        /// The part of the seal.
        what: &'static str,
        /// What it says.
        source: io::Error,
    },
    /// The kernel took the seal and does not keep it.
    #[error("the kernel took the seal and still opens {what}")]
    NotKept {
        /// What could be opened.
        what: &'static str,
    },
    /// A connection to another machine was open before, and no seal closes what is open.
    #[error("a connection to {address} is still open")]
    ConnectionOpen {
        /// The other end.
        address: String,
    },
    /// A file that must stay usable cannot be looked at.
    #[error("cannot open `{}`", path.display())]
    Path {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}
