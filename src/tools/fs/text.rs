//! The text of a regular file that has no other name.

use std::io::Read;

use cap_std::fs::{File, MetadataExt};

use super::super::problem::Problem;

/// The largest file that is read, in bytes.
pub(super) const FILE_BYTES_MAX: u64 = 16 << 20;

/// Reads the text of an open file; `shown` is its name for messages.
pub(crate) fn text(file: File, shown: &str) -> Result<String, Problem> {
    let shown = shown.escape_debug();
    let metadata = file
        .metadata()
        .map_err(|error| Problem::of_io(&shown.to_string(), &error))?;
    if metadata.is_dir() {
        return Err(Problem::failed(format!("`{shown}` is a folder")));
    }
    if !metadata.is_file() {
        return Err(Problem::refused(format!("`{shown}` is no regular file")));
    }
    if metadata.nlink() > 1 {
        let reason = "is a hard link: the same file has another name, which may lie outside";
        return Err(Problem::refused(format!("`{shown}` {reason}")));
    }
    let too_large = || {
        let most = FILE_BYTES_MAX >> 20;
        Problem::refused(format!("`{shown}` is larger than {most} MiB"))
    };
    if metadata.len() > FILE_BYTES_MAX {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Problem::of_io(&shown.to_string(), &error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(too_large());
    }
    let no_text = || Problem::failed(format!("`{shown}` is no text"));
    if bytes.contains(&0) {
        return Err(no_text());
    }
    String::from_utf8(bytes).map_err(|_| no_text())
}
