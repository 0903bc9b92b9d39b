//! A checkpoint in one file, for machines without a network: a manifest and the files it names.
//!
//! A bundle is a `tar` archive that `tar tf` can list, read here by code that accepts what is written
//! here and nothing else: plain files, in the manifest's order, with its sizes and digests.

mod archive;
mod error;
mod export;
mod import;
mod manifest;
#[cfg(test)]
mod tests;

pub use error::BundleError;
pub use export::export_bundle;
pub use import::{Imported, import_bundle};
pub use manifest::{BundleFile, BundleManifest, BundleSource};

/// How much of a bundle is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleProgress {
    /// Bytes that are done.
    pub done_bytes: u64,
    /// All bytes.
    pub total_bytes: u64,
}

/// The name of the manifest in the archive, where it comes first.
const MANIFEST: &str = "aldo-bundle.json";
/// The list of digests that is put beside imported files.
const SUMS: &str = "SHA256SUMS";
/// How much is copied at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;
