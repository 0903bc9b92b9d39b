//! Catalogues, `apiVersion: aldo/models.v1`: files in which an operator says which models there are,
//! where they are reached and what they may be given.
//!
//! Knows no network: what a row says of itself is checked here, and believed only as far as its
//! address and its file allow. What became of discovery is changed by [`Catalog::apply`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::candidate::{Headers, Locality, Price};
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};
use crate::yaml::{self, Fault, FileError};

mod apply;
mod check;
mod config;
mod raw;

pub(crate) use apply::Ground;

/// The file beside a project's own.
const PROJECT_FILE: &str = "aldo.models.yaml";
/// The file in the user's configuration folder.
const USER_FILE: &str = "models.yaml";

/// Where catalogues are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// The user's configuration folder.
    pub(crate) config: PathBuf,
    /// The working directory.
    pub(crate) project: PathBuf,
    /// The file of `--models`.
    pub(crate) named: Option<PathBuf>,
}

/// Whether the user chose a file or it came with a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// In the configuration folder, or named with a flag: what it says holds.
    Consented,
    /// It may describe what is found, and only tighten.
    Folder,
}

/// The rows of every catalogue, in the order they take effect.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    rows: Vec<Row>,
    /// What of the files was ignored or not believed, for stderr.
    pub(crate) warnings: Vec<String>,
}

/// One row, checked.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    /// `path:line:column`.
    place: String,
    trust: Trust,
    id: String,
    provider: String,
    locality: Option<Locality>,
    classes: Option<Vec<CapabilityClass>>,
    provides: Option<BTreeSet<Capability>>,
    privacy_allowed: Option<Vec<PrivacyTier>>,
    context_tokens: Option<u64>,
    price: Option<Price>,
    latency_p95_ms: Option<u64>,
    config: Config,
}

/// What a row says of reaching its model; empty where it came with a folder.
#[derive(Debug, Clone, Default, PartialEq)]
struct Config {
    /// Without one, the model is found otherwise, or its runtime's own address holds.
    base_url: Option<String>,
    api_key_env: Option<String>,
    headers: Headers,
    extra: Map<String, Value>,
}

impl Config {
    /// Whether it says nothing of how a request is made.
    fn is_silent(&self) -> bool {
        self.api_key_env.is_none() && self.headers.is_empty() && self.extra.is_empty()
    }
}

impl Catalog {
    /// Reads the catalogues there are: the user's, the folder's, then the one that was named.
    ///
    /// # Errors
    /// [`FileError`] with every fault found in the first file that has one, each with line and column;
    /// also when the named file is not there.
    pub(crate) fn load(places: &Places) -> Result<Self, FileError> {
        let mut catalog = Self::default();
        let user = places.config.join(USER_FILE);
        catalog.read_existing(&user, &user, Trust::Consented)?;
        let project = places.project.join(PROJECT_FILE);
        if !is_same(&project, places.named.as_deref()) {
            let shown = Path::new(".").join(PROJECT_FILE);
            catalog.read_existing(&project, &shown, Trust::Folder)?;
        }
        if let Some(named) = &places.named {
            catalog.read(named, named, Trust::Consented)?;
        }
        Ok(catalog)
    }

    fn read_existing(&mut self, path: &Path, shown: &Path, trust: Trust) -> Result<(), FileError> {
        match path.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Ok(_) | Err(_) => self.read(path, shown, trust),
        }
    }

    fn read(&mut self, path: &Path, shown: &Path, trust: Trust) -> Result<(), FileError> {
        let shown = shown.display().to_string();
        let text = yaml::read_text(path).map_err(|reason| {
            FileError::one(&shown, Fault::at_top(format!("the file {reason}")))
        })?;
        self.parse(&text, &shown, trust)
    }

    fn parse(&mut self, text: &str, shown: &str, trust: Trust) -> Result<(), FileError> {
        let raw = yaml::read(text).map_err(|fault| FileError::one(shown, fault))?;
        let checked = check::catalog(raw, shown, trust);
        let (rows, warnings) = checked.map_err(|faults| FileError::new(shown, faults))?;
        self.rows.extend(rows);
        self.warnings.extend(warnings);
        Ok(())
    }
}

fn is_same(path: &Path, named: Option<&Path>) -> bool {
    let named = named.and_then(|named| named.canonicalize().ok());
    named.is_some() && path.canonicalize().ok() == named
}

#[cfg(test)]
mod tests;
