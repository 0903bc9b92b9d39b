//! The files beside a suite: prompts and images, never a file of another folder.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// The largest file read, in bytes.
const BYTES_MAX: u64 = 1_000_000;

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
        check_name(file)?;
        match self {
            Self::Folder(folder) => read_inside(folder, file),
            Self::Embedded(files) => {
                let found = files.iter().find(|(name, _)| *name == file);
                found
                    .map(|(_, bytes)| bytes.to_vec())
                    .ok_or_else(|| missing(file))
            }
        }
    }
}

fn check_name(file: &str) -> Result<(), String> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let windows = file.contains('\\') || file.contains(':');
    let all_plain = Path::new(file).components().all(plain);
    if file.is_empty() || windows || file.contains('\0') || !all_plain {
        return Err(leads_out(file));
    }
    Ok(())
}

fn leads_out(file: &str) -> String {
    format!("`{file}` leads out of the suite's folder")
}

fn missing(file: &str) -> String {
    format!("`{file}` is not there")
}

fn read_inside(folder: &Path, file: &str) -> Result<Vec<u8>, String> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let root = fs::canonicalize(folder).map_err(|error| format!("its folder: {error}"))?;
    let path = fs::canonicalize(root.join(file)).map_err(|_| missing(file))?;
    if !path.starts_with(&root) {
        return Err(leads_out(file));
    }
    // Looked at before it is opened: opening a pipe would wait for ever.
    let kind = fs::metadata(&path).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
    if !kind.is_file() {
        return Err(format!("`{file}` is not a file"));
    }
    let opened = fs::File::open(&path).map_err(|error| format!("`{file}`: {error}"))?;
    let mut bytes = Vec::new();
    let read = opened.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("`{file}` cannot be read: {error}"))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("`{file}` is larger than 1 MB"));
    }
    Ok(bytes)
}
