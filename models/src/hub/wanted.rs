//! What a user asks for: a repository, perhaps one of its files, perhaps at a revision.

use std::fmt;
use std::str::FromStr;

use super::error::HubError;
use super::file_name::FileName;

/// The longest id of a repository, in bytes.
const ID_BYTES_MAX: usize = 96;
/// The longest name of a revision, in bytes.
const REVISION_BYTES_MAX: usize = 200;
/// What people paste before the id.
const PREFIXES: [&str; 4] = [
    "https://huggingface.co/",
    "https://hf.co/",
    "hf.co/",
    "huggingface.co/",
];
/// The revision of those who name none.
const MAIN: &str = "main";

/// The id of a repository, `org/name` or an old `name`, that is safe in a path and a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryId(String);

/// A branch, tag, pull request or commit that is safe in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(String);

/// A repository, what of it, and at which revision: `org/name[:quantisation or file][@revision]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The repository.
    pub repository: RepositoryId,
    /// A quantisation such as `Q4_K_M`, or the name of a file.
    pub selector: Option<String>,
    /// The revision; `main` where nobody said.
    pub revision: Revision,
}

impl RepositoryId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`HubError::BadReference`].
    pub fn new(text: &str) -> Result<Self, HubError> {
        let parts: Vec<_> = text.split('/').collect();
        let reason = if text.len() > ID_BYTES_MAX {
            "an id has at most 96 characters"
        } else if parts.len() > 2 {
            "an id is `organisation/name`"
        } else if !parts.iter().all(|part| is_word(part)) {
            "an id has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit"
        } else if text.contains("--") || text.contains("..") {
            "an id has no `--` and no `..`"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(bad(text, reason))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `part` can be half of an id.
fn is_word(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |byte: Option<u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_');
    part.bytes().all(inner) && edge(part.bytes().next()) && edge(part.bytes().last())
}

impl Revision {
    /// Reads the name of a revision.
    ///
    /// # Errors
    /// [`HubError::BadReference`].
    pub fn new(text: &str) -> Result<Self, HubError> {
        let inner =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+');
        let is_part = |part: &str| {
            !part.is_empty()
                && !part.starts_with(['.', '-'])
                && part.bytes().all(inner)
                && !part.contains("..")
        };
        if text.len() <= REVISION_BYTES_MAX && text.split('/').all(is_part) {
            return Ok(Self(text.to_owned()));
        }
        Err(bad(text, "a revision is a branch, a tag or a commit"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Wanted {
    type Err = HubError;

    /// Reads what people type and paste.
    fn from_str(text: &str) -> Result<Self, HubError> {
        let rest = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
        let rest = rest.unwrap_or(text).trim_end_matches('/');
        let (rest, revision) = match rest.rsplit_once('@') {
            Some((rest, revision)) => (rest, Revision::new(revision)?),
            None => (rest, Revision(MAIN.to_owned())),
        };
        let (id, selector) = match rest.split_once(':') {
            Some((id, selector)) => (id, Some(selector)),
            None => (rest, None),
        };
        if selector.is_some_and(|it| FileName::new(it).is_none()) {
            return Err(bad(text, "a quantisation or a file name follows the `:`"));
        }
        Ok(Self {
            repository: RepositoryId::new(id)?,
            selector: selector.map(str::to_owned),
            revision,
        })
    }
}

fn bad(text: &str, reason: &'static str) -> HubError {
    HubError::BadReference {
        text: text.to_owned(),
        reason,
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_people_type_is_read() {
        let cases = [
            ("org/name", "org/name", None, "main"),
            ("gpt2", "gpt2", None, "main"),
            (
                "org/Qwen3-0.6B:Q4_K_M",
                "org/Qwen3-0.6B",
                Some("Q4_K_M"),
                "main",
            ),
            ("org/name@refs/pr/1", "org/name", None, "refs/pr/1"),
            ("org/name:q8_0@v1.0", "org/name", Some("q8_0"), "v1.0"),
            ("hf.co/org/name:Q8_0", "org/name", Some("Q8_0"), "main"),
            ("https://huggingface.co/org/name/", "org/name", None, "main"),
        ];
        for (typed, repository, selector, revision) in cases {
            let wanted: Wanted = typed.parse().unwrap();
            assert_eq!(wanted.repository.as_str(), repository, "{typed}");
            assert_eq!(wanted.selector.as_deref(), selector, "{typed}");
            assert_eq!(wanted.revision.as_str(), revision, "{typed}");
        }
    }

    #[test]
    fn f04_repositories_that_climb_are_refused() {
        let long = "x".repeat(300);
        let ids = [
            "",
            "/",
            "..",
            "../..",
            "org/..",
            "/etc/passwd",
            "org\\name",
            "a/b/c",
            "c:/x/y",
            "org/na\0me",
            "org/na me",
            "org/--x",
            "a--b/c",
            "org/.hidden",
            "-x/y",
            "org/name.",
            &long,
        ];
        for id in ids {
            assert!(RepositoryId::new(id).is_err(), "{id:?}");
        }
        for typed in [
            "org/name@../../x",
            "org/name@",
            "org/name@/x",
            "org/name@a\\b",
            "org/name:",
            "http://evil/org",
        ] {
            assert!(typed.parse::<Wanted>().is_err(), "{typed:?}");
        }
    }
}
