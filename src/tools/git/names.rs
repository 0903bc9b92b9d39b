use super::super::problem::Problem;

/// The longest name of a branch, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Checks that `name` can only be a branch: no option, no revision, no path to another reference.
pub(super) fn branch(name: &str) -> Result<&str, Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-+#".contains(c);
    let is_fine = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.chars().all(plain)
        && !name.starts_with(['-', '.', '/'])
        && !name.ends_with(['.', '/'])
        && name.rsplit_once('.').is_none_or(|(_, end)| end != "lock")
        && !["..", "//", "/.", "/-"]
            .iter()
            .any(|part| name.contains(part))
        && !name.starts_with("refs/")
        && name != "HEAD";
    if is_fine {
        return Ok(name);
    }
    let shown: String = name.chars().take(80).collect();
    Err(Problem::failed(format!(
        "`{}` cannot name a branch",
        shown.escape_debug()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g04_a_branch_is_no_option_and_no_revision() {
        for name in [
            "--force",
            "-f",
            "a..b",
            "HEAD",
            "a~1",
            "a:b",
            "@{-1}",
            "",
            "refs/heads/main",
            "a b",
            "../x",
        ] {
            assert!(branch(name).is_err(), "{name}");
        }
        for name in ["main", "feature/x-1", "v1.2", "fix#3"] {
            assert!(branch(name).is_ok(), "{name}");
        }
    }
}
