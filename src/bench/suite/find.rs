//! Where suites come from: the project's folders, the suites in the binary, or a path.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Suite, builtin};
use crate::nearest::nearest;
use crate::yaml::FileError;

/// Where one suite comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A file the user named.
    Named,
    /// `./agency/eval` or `./eval`.
    Project,
    /// Compiled into the binary.
    Builtin,
}

/// The places suites are looked for in.
#[derive(Debug, Clone)]
pub struct Suites {
    /// The folder whose `agency/eval` and `eval` are looked through, usually the working directory.
    pub project: PathBuf,
}

/// Why there is no suite.
#[derive(Debug, thiserror::Error)]
pub enum UnknownSuite {
    /// No place has it.
    #[error("no suite named `{}`", name.escape_debug())]
    Unknown {
        /// The name as asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// It is wrong.
    #[error(transparent)]
    Wrong(#[from] FileError),
}

impl Suites {
    /// Returns the suite called `name`: `agency/eval/<name>/suite.yaml`, `eval/<name>.yaml`, one in the
    /// binary, then the file or folder `name`.
    ///
    /// # Errors
    /// [`UnknownSuite`].
    pub fn find(&self, name: &str) -> Result<Suite, UnknownSuite> {
        if is_name(name) {
            if let Some(path) = self.project_file(name) {
                return Ok(Suite::load(&path, Origin::Project)?);
            }
            if let Some(suite) = Suite::builtin(name) {
                return Ok(suite?);
            }
        }
        let path = Path::new(name);
        let inside = path.join("suite.yaml");
        if inside.is_file() {
            return Ok(Suite::load(&inside, Origin::Named)?);
        }
        if path.exists() || is_path(name) {
            return Ok(Suite::load(path, Origin::Named)?);
        }
        Err(UnknownSuite::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, builtin::names()).map(str::to_owned),
        })
    }

    fn project_file(&self, name: &str) -> Option<PathBuf> {
        let folder = self.project.join("agency/eval").join(name);
        let eval = self.project.join("eval");
        let files = [
            folder.join("suite.yaml"),
            eval.join(format!("{name}.yaml")),
            eval.join(format!("{name}.yml")),
        ];
        let root = fs::canonicalize(&self.project).ok()?;
        files.into_iter().find(|file| {
            let real = fs::canonicalize(file);
            real.is_ok_and(|real| real.is_file() && real.starts_with(&root))
        })
    }
}

/// Whether `text` may be the name of a suite or of a case.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    starts_well && text.len() <= 64 && text.chars().all(allowed)
}

fn is_path(text: &str) -> bool {
    let ending = Path::new(text).extension();
    text.contains('/') || ending.is_some_and(|ending| ending == "yaml" || ending == "yml")
}
