//! The files beside a suite: prompts and images, never a file of another folder.

use std::path::PathBuf;

use crate::yaml::{check_name, inside, missing, read_bytes};

/// Whose files these are, in messages.
const WHOSE: &str = "suite";

/// Where the files beside a suite are.
#[derive(Debug, Clone)]
pub(super) enum Files {
    /// In the suite's folder.
    Folder(PathBuf),
    /// In the binary, by their path below the suite's folder.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

impl Files {
    /// Reads `file`, named relative to the suite.
    ///
    /// # Errors
    /// A sentence when the name leads out of the folder (by `..`, from the root, through a symbolic
    /// link) or the file cannot be read or is larger than 1 MB.
    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>, String> {
        check_name(file, WHOSE)?;
        match self {
            Self::Folder(folder) => read_bytes(&inside(folder, file, WHOSE)?)
                .map_err(|reason| format!("`{file}` {reason}")),
            Self::Embedded(files) => {
                let found = files.iter().find(|(name, _)| *name == file);
                found
                    .map(|(_, bytes)| bytes.to_vec())
                    .ok_or_else(|| missing(file))
            }
        }
    }
}
