//! What can go wrong with a bundle.

use std::path::{Path, PathBuf};

use crate::error::ModelError;
use crate::escape::{shown, shown_up_to};

/// The most characters of a path or a reason that a message repeats.
const REASON_CHARS_MAX: usize = 400;

/// Everything that exporting and importing can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The system did not let a file be read or written.
    #[error("`{}`: {source}", shown_path(.path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no bundle, or one that was damaged or forged.
    #[error("not a bundle: {}", shown_up_to(.reason, REASON_CHARS_MAX))]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The bundle was written by a later version.
    #[error("the bundle has version {version}, this program reads version {known}")]
    UnknownVersion {
        /// The bundle's.
        version: u64,
        /// Ours.
        known: u64,
    },
    /// A file in the bundle is not the one that its manifest describes.
    #[error("`{}` in the bundle is not what its manifest says: expected {expected}, got {found}", shown(.name))]
    Mismatch {
        /// The file.
        name: String,
        /// The digest in the manifest.
        expected: String,
        /// The digest of the file.
        found: String,
    },
    /// There is something where the bundle's files belong.
    #[error("`{}` is there already", shown_path(.path))]
    AlreadyThere {
        /// The place.
        path: PathBuf,
    },
    /// The checkpoint cannot be put into a bundle.
    #[error("`{}` cannot be bundled: {reason}", shown(.id))]
    NotBundled {
        /// The checkpoint.
        id: String,
        /// Why not.
        reason: &'static str,
    },
    /// The checkpoint cannot be read, or what the bundle holds cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] ModelError),
}

impl BundleError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed {
            reason: reason.into(),
        }
    }
}

fn shown_path(path: &Path) -> String {
    shown_up_to(&path.to_string_lossy(), REASON_CHARS_MAX)
}
