//! The checksum somebody recorded for a file: Hugging Face's cache by its blob's name, others in `SHA256SUMS`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aldo_models::BlobId;
use serde::Serialize;

/// How much of a list of checksums is read, in bytes.
const LIST_BYTES_MAX: u64 = 1 << 20;

/// A checksum and where it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Recorded {
    pub(super) sha256: String,
    pub(super) place: String,
}

/// The list that was made with the built-in model.
const BUILTIN: &str = include_str!("../../../models/nano/SHA256SUMS");

impl Recorded {
    /// Returns what was recorded for the built-in model; the list has a line for it.
    pub(super) fn builtin() -> Self {
        Self {
            sha256: line(BUILTIN, "aldo-nano.gguf").unwrap_or_default(),
            place: "the program".to_owned(),
        }
    }
}

/// Returns the checksum recorded for the file at `path`.
pub(super) fn of(path: &Path) -> Option<Recorded> {
    blob_name(path).or_else(|| listed(path))
}

/// Returns the digest of any kind recorded for the file at `path`: in Hugging Face's cache a small file
/// is called by git's.
pub(super) fn digest(path: &Path) -> Option<BlobId> {
    let blob = path.canonicalize().ok()?;
    let in_cache = blob.parent()?.file_name()? == "blobs";
    let named = in_cache
        .then(|| BlobId::new(blob.file_name()?.to_str()?))
        .flatten();
    named.or_else(|| BlobId::new(&listed(path)?.sha256))
}

/// In Hugging Face's cache a large file is a link to a blob that is called by its SHA-256.
fn blob_name(path: &Path) -> Option<Recorded> {
    let blob = path.canonicalize().ok()?;
    let folder = blob.parent()?.file_name()?;
    let name = blob.file_name()?.to_str()?;
    (folder == "blobs" && is_sha256(name)).then(|| Recorded {
        sha256: name.to_owned(),
        place: "the name of its blob".to_owned(),
    })
}

fn listed(path: &Path) -> Option<Recorded> {
    let list = path.with_file_name("SHA256SUMS");
    let file = File::open(&list).ok()?;
    file.metadata().ok()?.is_file().then_some(())?;
    let mut text = String::new();
    file.take(LIST_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(Recorded {
        sha256: line(&text, path.file_name()?.to_str()?)?,
        place: list.display().to_string(),
    })
}

/// Finds the line of `name` in the form of `sha256sum`; a `*` marks a file read as binary.
fn line(list: &str, name: &str) -> Option<String> {
    list.lines().find_map(|line| {
        let (sha256, file) = line.split_once(' ')?;
        let file = file.trim_start_matches([' ', '*']);
        (file == name && is_sha256(sha256)).then(|| sha256.to_ascii_lowercase())
    })
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_sha256sum_writes_it() {
        let digest = "A".repeat(64);
        let list =
            format!("nonsense\n{digest}  other.gguf\n{digest} *mine.gguf\nshort  mine.gguf\n");
        assert_eq!(line(&list, "mine.gguf"), Some("a".repeat(64)));
        assert_eq!(line(&list, "absent.gguf"), None);
    }

    #[test]
    fn the_built_in_model_is_recorded() {
        assert!(is_sha256(&Recorded::builtin().sha256));
    }
}
