use std::path::{Component, Path, PathBuf};

use super::super::problem::Problem;

/// The longest path, in bytes.
const PATH_BYTES_MAX: usize = 4096;

/// A path below a root, as names: it cannot climb.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inside {
    names: Vec<String>,
}

impl Inside {
    /// Reads a path as a model writes it: relative to `root`, or absolute and below it.
    ///
    /// # Errors
    /// A refusal where it leads out, a failure where it is no path.
    pub(crate) fn parse(text: &str, root: &Path) -> Result<Self, Problem> {
        if text.is_empty() || text.len() > PATH_BYTES_MAX || text.contains('\0') {
            let reason = "a path has 1 to 4096 bytes and no zero byte; `.` is the folder itself";
            return Err(Problem::failed(reason));
        }
        let path = Path::new(text);
        let relative = if path.has_root() {
            path.strip_prefix(root).map_err(|_| leads_out(text))?
        } else {
            path
        };
        let mut names: Vec<String> = Vec::new();
        for component in relative.components() {
            match component {
                Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
                Component::CurDir => {}
                Component::ParentDir => drop(names.pop().ok_or_else(|| leads_out(text))?),
                Component::RootDir | Component::Prefix(_) => return Err(leads_out(text)),
            }
        }
        if names.first().is_some_and(|name| name.starts_with('~')) {
            let reason = format!("`{}`: `~` has no meaning here", text.escape_debug());
            return Err(Problem::refused(reason));
        }
        Ok(Self { names })
    }

    /// Returns the names, the outermost folder first; none for the root itself.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the path below `.`, to be opened below a handle.
    pub(crate) fn path(&self) -> PathBuf {
        if self.names.is_empty() {
            return PathBuf::from(".");
        }
        self.names.iter().collect()
    }

    /// Returns the path for messages.
    pub(crate) fn shown(&self) -> String {
        if self.names.is_empty() {
            return ".".to_owned();
        }
        self.names.join("/")
    }

    /// Returns the path of `name` in this folder.
    pub(crate) fn child(&self, name: &str) -> Self {
        let mut names = self.names.clone();
        names.push(name.to_owned());
        Self { names }
    }
}

fn leads_out(text: &str) -> Problem {
    Problem::refused(format!("`{}` leads out of the folder", text.escape_debug()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, Problem> {
        Inside::parse(text, Path::new("/srv/proj")).map(|inside| inside.shown())
    }

    #[test]
    fn a_path_is_read_below_its_root() {
        for (text, expected) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            (".", "."),
            ("a/../b", "b"),
            ("/srv/proj/a", "a"),
            ("/srv/proj", "."),
            ("..a/b..", "..a/b.."),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn g01_names_that_lead_out_are_refused() {
        for text in [
            "..",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "/",
            "/srv/proj-evil/x",
            "/srv/proj/../x",
            "//etc/passwd",
            "~/x",
            "~root/x",
        ] {
            assert!(matches!(parse(text), Err(Problem::Refused(_))), "{text}");
        }
        for text in ["", "a\0b", &"x".repeat(5000)] {
            assert!(matches!(parse(text), Err(Problem::Failed(_))));
        }
    }
}
