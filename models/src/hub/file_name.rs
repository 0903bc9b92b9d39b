//! The name of a file of a repository: a path below its snapshot that cannot leave it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::folder::is_plain_name;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 512;
/// The most folders it may stand in.
const DEPTH_MAX: usize = 8;

/// A relative path of plain names, with `/` between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// Reads a name; `None` when it could lead elsewhere or steer a terminal.
    pub fn new(text: &str) -> Option<Self> {
        let good = text.len() <= NAME_BYTES_MAX
            && text.split('/').count() <= DEPTH_MAX
            && text
                .split('/')
                .all(|part| is_plain_name(part) && part != ".git")
            && !text.chars().any(char::is_control);
        good.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without its folders.
    pub fn base(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it stands in no folder.
    pub fn is_at_top(&self) -> bool {
        !self.0.contains('/')
    }

    /// Where it is below `folder`.
    pub fn below(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_may_stand_in_folders() {
        let name = FileName::new("BF16/model-00001-of-00002.gguf").unwrap();
        assert_eq!(name.base(), "model-00001-of-00002.gguf");
        assert!(!name.is_at_top());
        let place = name.below(Path::new("/cache/snapshots/x"));
        assert_eq!(
            place,
            Path::new("/cache/snapshots/x/BF16/model-00001-of-00002.gguf")
        );
    }

    #[test]
    fn f04_names_that_climb() {
        let long = "x".repeat(300);
        let deep = "a/".repeat(9) + "b";
        let names = [
            "",
            ".",
            "..",
            "../x",
            "a/../b",
            "/etc/passwd",
            "a//b",
            "a/",
            "a\\b",
            "c:x",
            "a\0b",
            "a\nb",
            "a\u{1b}[2J",
            "a/./b",
            ".git/hooks",
            &long,
            &deep,
        ];
        for name in names {
            assert_eq!(FileName::new(name), None, "{name:?}");
        }
    }
}
