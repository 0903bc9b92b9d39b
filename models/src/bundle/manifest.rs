//! What a bundle says it holds. It comes from outside: every field is checked.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::companions::is_companion;
use crate::folder::is_plain_name;

/// The longest manifest, in bytes.
pub(super) const MANIFEST_BYTES_MAX: u64 = 1 << 20;
/// The most files.
const FILES_MAX: usize = 10_000;
/// The largest bundle, in bytes.
const TOTAL_BYTES_MAX: u64 = 1 << 44;
/// The longest name of a file, in bytes: what the archive has room for.
pub(super) const NAME_BYTES_MAX: usize = 100;
/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 200;
const FORMAT: &str = "aldo-bundle";
const VERSION: u64 = 1;

/// The manifest of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleManifest {
    /// Always `aldo-bundle`.
    format: String,
    /// The version of the format.
    version: u64,
    /// The checkpoint's id.
    pub id: String,
    /// Where it came from, where that is known.
    pub source: Option<BundleSource>,
    /// Its files, in the order of the archive.
    pub files: Vec<BundleFile>,
}

/// Where a bundled checkpoint came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleSource {
    /// The repository.
    pub repository: String,
    /// The commit.
    pub commit: String,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleFile {
    /// Its name, without folders.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
}

/// What every version has.
#[derive(Deserialize)]
struct Beginning {
    format: String,
    version: u64,
}

impl BundleManifest {
    /// Makes a manifest.
    ///
    /// # Errors
    /// [`BundleError::Malformed`] when a name or an id cannot be in one.
    pub fn new(
        id: &str,
        source: Option<BundleSource>,
        files: Vec<BundleFile>,
    ) -> Result<Self, BundleError> {
        let manifest = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            id: id.to_owned(),
            source,
            files,
        };
        manifest.check().map(|()| manifest)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`BundleError::UnknownVersion`] and [`BundleError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(BundleError::malformed(format!(
                "its manifest is longer than {MANIFEST_BYTES_MAX} bytes"
            )));
        }
        let wrong =
            |error: serde_json::Error| BundleError::malformed(format!("its manifest: {error}"));
        let beginning: Beginning = serde_json::from_slice(bytes).map_err(wrong)?;
        if beginning.format != FORMAT {
            return Err(BundleError::malformed(
                "its manifest is that of something else",
            ));
        }
        if beginning.version != VERSION {
            return Err(BundleError::UnknownVersion {
                version: beginning.version,
                known: VERSION,
            });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(wrong)?;
        manifest.check().map(|()| manifest)
    }

    /// The bytes of all files.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }

    /// The folder that its files are put in.
    pub(super) fn folder(&self) -> String {
        self.id.replace('/', "--")
    }

    fn check(&self) -> Result<(), BundleError> {
        let bad = |reason: String| Err(BundleError::malformed(reason));
        let is_id = |part: &str| {
            is_plain_name(part) && !part.starts_with('.') && !part.chars().any(char::is_control)
        };
        if self.id.len() > ID_BYTES_MAX
            || self.id.split('/').count() > 2
            || !self.id.split('/').all(is_id)
        {
            return bad(format!("`{}` is no id", self.id));
        }
        if self.files.is_empty() || self.files.len() > FILES_MAX {
            return bad(format!("it holds {} files", self.files.len()));
        }
        let mut names = HashSet::new();
        let mut total = 0_u64;
        for file in &self.files {
            file.check()?;
            // Some file systems do not tell upper case from lower.
            if !names.insert(file.name.to_lowercase()) {
                return bad(format!("`{}` stands there twice", file.name));
            }
            total = total.saturating_add(file.size_bytes);
        }
        if total > TOTAL_BYTES_MAX {
            return bad(format!("it promises {total} bytes"));
        }
        Ok(())
    }
}

impl BundleFile {
    fn check(&self) -> Result<(), BundleError> {
        let name = &self.name;
        let is_weights = [".gguf", ".safetensors"]
            .iter()
            .any(|end| name.ends_with(end));
        let good = is_plain_name(name)
            && name.len() <= NAME_BYTES_MAX
            && !name.starts_with('.')
            && !name.chars().any(char::is_control)
            && (is_weights || is_companion(name))
            && name != super::MANIFEST;
        if !good {
            return Err(BundleError::malformed(format!(
                "`{name}` is no file of a checkpoint"
            )));
        }
        let is_digest = self.sha256.len() == 64
            && self
                .sha256
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        if !is_digest {
            return Err(BundleError::malformed(format!("`{name}` has no SHA-256")));
        }
        Ok(())
    }
}
