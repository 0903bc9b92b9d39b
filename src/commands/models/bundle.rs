//! What a bundle that cannot be written or read means for who typed the command.

use std::path::Path;

use aldo_models::BundleError;

use crate::failure::{Failure, Kind};

/// The failure of exporting to or importing from the bundle at `path`.
pub(super) fn failure(error: BundleError, path: &Path) -> Failure {
    let (kind, code) = match &error {
        BundleError::Io { source, .. } => match source.kind() {
            std::io::ErrorKind::NotFound => (Kind::Usage, "bundle_not_found"),
            _ => (Kind::Failed, "not_written"),
        },
        BundleError::AlreadyThere { .. } => (Kind::Usage, "already_there"),
        BundleError::NotBundled { .. } => (Kind::Usage, "not_bundled"),
        BundleError::UnknownVersion { .. } => (Kind::Usage, "bundle_version"),
        // The list of errors may grow; what is wrong with a bundle that the user named is their usage.
        _ => (Kind::Usage, "bundle_refused"),
    };
    let place = path.display().to_string();
    let sentence = error.to_string();
    let message = if sentence.contains(&place) {
        sentence
    } else {
        format!("`{place}`: {sentence}")
    };
    let failure = Failure::new(kind, code, message);
    let failure = match &error {
        BundleError::AlreadyThere { path } if path.is_dir() => {
            failure.hint("`aldo models rm` deletes a model")
        }
        BundleError::AlreadyThere { .. } => failure.hint("name another file with `--output`"),
        BundleError::UnknownVersion { .. } => failure.hint("a newer aldo reads it"),
        _ => failure,
    };
    failure.because(error)
}
