//! The files beside a spec: its prompt and its schemas, never a file of another folder.

use std::path::Path;

use crate::yaml::{check_name, inside, missing, read_text};

/// Whose files these are, in messages.
const WHOSE: &str = "spec";

/// Where the files beside a spec are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beside<'a> {
    /// In the spec's folder.
    Folder(&'a Path),
    /// In the binary: the spec's folder, and all files by their path under `agency/`.
    Embedded(&'a str, &'a [(&'a str, &'a str)]),
}

impl Beside<'_> {
    /// Reads `file`, named relative to the spec.
    ///
    /// # Errors
    /// A sentence when the name leads out of the folder (by `..`, from the root, through a
    /// symbolic link) or the file is not a readable text of at most 1 MB.
    pub(super) fn read(self, file: &str) -> Result<String, String> {
        check_name(file, WHOSE)?;
        match self {
            Self::Folder(folder) => read_text(&inside(folder, file, WHOSE)?)
                .map_err(|reason| format!("`{file}` {reason}")),
            Self::Embedded(folder, files) => {
                let path = format!("{folder}/{file}");
                let found = files.iter().find(|(name, _)| *name == path);
                found
                    .map(|(_, text)| (*text).to_owned())
                    .ok_or_else(|| missing(file))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn c09_names_that_lead_out_are_refused() {
        for name in [
            "../../x",
            "..",
            "a/../../x",
            "/etc/passwd",
            "",
            "a\\..\\b",
            "C:x",
            "a\0b",
        ] {
            let refused = check_name(name, WHOSE).unwrap_err();
            assert!(refused.contains("leads out"), "{name:?}: {refused}");
        }
        for name in ["hello.md", "prompts/hello.md", "./hello.md", "..hello.md"] {
            assert_eq!(check_name(name, WHOSE), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_file_beside_the_spec_is_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("prompts")).unwrap();
        fs::write(folder.path().join("prompts/p.md"), "be kind").unwrap();
        let beside = Beside::Folder(folder.path());
        assert_eq!(beside.read("prompts/p.md").unwrap(), "be kind");
        assert_eq!(beside.read("q.md").unwrap_err(), "`q.md` is not there");
        assert_eq!(
            beside.read("prompts").unwrap_err(),
            "`prompts` is not a file"
        );
    }

    #[cfg(unix)]
    #[test]
    fn c09_a_symbolic_link_out_of_the_folder_is_refused_and_one_inside_is_not() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "key").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.md"), "be kind").unwrap();
        let link = |from: &Path, to: &str| std::os::unix::fs::symlink(from, folder.path().join(to));
        link(&outside.path().join("secret"), "file").unwrap();
        link(outside.path(), "folder").unwrap();
        link(Path::new("p.md"), "inside").unwrap();
        let beside = Beside::Folder(folder.path());
        for name in ["file", "folder/secret"] {
            assert!(
                beside.read(name).unwrap_err().contains("leads out"),
                "{name}"
            );
        }
        assert_eq!(beside.read("inside").unwrap(), "be kind");
    }

    #[test]
    fn a_file_that_is_too_large_or_no_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("big"), vec![b'a'; 1_000_001]).unwrap();
        fs::write(folder.path().join("bytes"), [0xff, 0xfe]).unwrap();
        let beside = Beside::Folder(folder.path());
        assert_eq!(beside.read("big").unwrap_err(), "`big` is larger than 1 MB");
        assert_eq!(
            beside.read("bytes").unwrap_err(),
            "`bytes` is not UTF-8 text"
        );
    }

    #[test]
    fn embedded_files_are_found_by_their_path() {
        let files = [("support/hello.md", "hi")];
        let beside = Beside::Embedded("support", &files);
        assert_eq!(beside.read("hello.md").unwrap(), "hi");
        assert!(beside.read("../support/hello.md").is_err());
    }
}
