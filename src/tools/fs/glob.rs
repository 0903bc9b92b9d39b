//! `*`, `**` and `?` in paths.

use regex::Regex;

/// Which paths match a pattern such as `*.rs` or `src/**/*.rs`.
#[derive(Debug)]
pub(super) struct Glob {
    whole: bool,
    regex: Regex,
}

impl Glob {
    /// Reads a pattern. One without `/` is compared with the last name alone.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let mut text = String::from("^");
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            let (out, taken) = match c {
                '*' if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
                '*' if rest.starts_with("**") => (".*".to_owned(), 2),
                '*' => ("[^/]*".to_owned(), 1),
                '?' => ("[^/]".to_owned(), 1),
                c => (regex::escape(&c.to_string()), c.len_utf8()),
            };
            text.push_str(&out);
            rest = &rest[taken..];
        }
        text.push('$');
        let regex = Regex::new(&text).map_err(|_| "the glob is too long".to_owned())?;
        let whole = pattern.contains('/');
        Ok(Self { whole, regex })
    }

    /// Whether `path`, with `/` between its names, matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.regex.is_match(if self.whole { path } else { name })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_as_in_a_shell() {
        for (pattern, path, expected) in [
            ("*.rs", "a/b.rs", true),
            ("*.rs", "a/b.rsx", false),
            ("src/*.rs", "src/a/b.rs", false),
            ("src/**/*.rs", "src/b.rs", true),
            ("src/**/*.rs", "src/a/c/b.rs", true),
            ("src/**", "src/a/b", true),
            ("a?c", "abc", true),
            ("a.c", "abc", false),
            ("[x]", "[x]", true),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            assert_eq!(glob.matches(path), expected, "{pattern} {path}");
        }
    }
}
