//! Files that belong to a checkpoint's folder, and those that only pretend to.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::error::ModelError;

/// The most files of a folder that are looked at.
const FILES_MAX: usize = 100_000;

/// Whether `name` is the name of a file and nothing else: no separator of any system, no `..`.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let single = matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(_)), None)
    );
    single && name.len() <= 255 && !name.contains(['/', '\\', ':', '\0'])
}

/// The path of the file `name` in `folder`, when it really is a regular file there. A link may lead to
/// another file of the folder or, in a Hugging Face cache, to a blob of the same repository.
///
/// # Errors
/// [`ModelError::Io`] when it does not exist, [`ModelError::NotACheckpoint`] when it leads elsewhere or
/// is no regular file.
pub(crate) fn file_inside(folder: &Path, name: &str) -> Result<PathBuf, ModelError> {
    let path = folder.join(name);
    let io = |source| ModelError::io(&path, source);
    let home = folder
        .canonicalize()
        .map_err(|source| ModelError::io(folder, source))?;
    let target = path.canonicalize().map_err(io)?;
    let allowed = target.starts_with(&home)
        || hugging_face_repository(&home).is_some_and(|it| target.starts_with(it.join("blobs")));
    if !allowed {
        return Err(ModelError::not_a_checkpoint(
            &path,
            "it is a link that leaves its folder",
        ));
    }
    if !std::fs::metadata(&target).map_err(io)?.is_file() {
        return Err(ModelError::not_a_checkpoint(&path, "not a regular file"));
    }
    Ok(path)
}

/// The folder `models--org--name` when `snapshot` is one of its `snapshots`.
pub(crate) fn hugging_face_repository(snapshot: &Path) -> Option<&Path> {
    let snapshots = snapshot.parent().filter(|it| it.ends_with("snapshots"))?;
    let repository = snapshots.parent()?;
    let name = repository.file_name()?.to_str()?;
    name.starts_with("models--").then_some(repository)
}

/// The text of the file `name` in `folder`.
///
/// # Errors
/// As [`file_inside`], and [`ModelError::Malformed`] past `bytes_max` or when it is not UTF-8.
pub(crate) fn read_text(folder: &Path, name: &str, bytes_max: u64) -> Result<String, ModelError> {
    let path = file_inside(folder, name)?;
    let io = |source| ModelError::io(&path, source);
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(io)?;
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if bytes.len() as u64 > bytes_max {
        return Err(ModelError::malformed(
            &path,
            name,
            format!("is longer than {bytes_max} bytes"),
        ));
    }
    String::from_utf8(bytes).map_err(|_| ModelError::malformed(&path, name, "is not UTF-8"))
}

/// The JSON of the file `name` in `folder`.
///
/// # Errors
/// As [`read_text`], and [`ModelError::Malformed`] when it is not JSON.
pub(crate) fn read_json(
    folder: &Path,
    name: &str,
    bytes_max: u64,
) -> Result<serde_json::Value, ModelError> {
    let text = read_text(folder, name, bytes_max)?;
    serde_json::from_str(&text)
        .map_err(|error| ModelError::malformed(&folder.join(name), name, error.to_string()))
}

/// The names of the files and folders in `folder`, sorted; those that are not UTF-8 are left out.
///
/// # Errors
/// [`ModelError::Io`].
pub(crate) fn file_names(folder: &Path) -> Result<Vec<String>, ModelError> {
    let entries = std::fs::read_dir(folder).map_err(|source| ModelError::io(folder, source))?;
    let names = entries
        .take(FILES_MAX)
        .filter_map(|it| it.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn b02_only_plain_names_are_plain() {
        for name in [
            "model.safetensors",
            "model-00001-of-00002.safetensors",
            "a b",
            ".hidden",
        ] {
            assert!(is_plain_name(name), "{name}");
        }
        let long = "x".repeat(256);
        for name in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "a/b",
            "a\\..\\b",
            "c:x",
            "a\0b",
            &long,
        ] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }

    #[test]
    fn json_deeper_than_the_parser_goes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), "[".repeat(10_000)).unwrap();
        let error = read_json(folder.path(), "config.json", 1 << 20)
            .unwrap_err()
            .to_string();
        assert!(error.contains("`config.json`: recursion limit"), "{error}");
    }

    #[test]
    fn longer_texts_than_the_limit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t"), "12345").unwrap();
        assert_eq!(read_text(folder.path(), "t", 5).unwrap(), "12345");
        let error = read_text(folder.path(), "t", 4).unwrap_err().to_string();
        assert!(error.contains("longer than 4 bytes"), "{error}");
    }
}
