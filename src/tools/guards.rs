use serde::Deserialize;
use serde_json::{Map, Value};

/// Branches that nothing is committed to where the spec names none.
const PROTECTED_BRANCHES: [&str; 6] = [
    "main",
    "master",
    "trunk",
    "production",
    "release",
    "release/*",
];

/// What a spec says in `tools.guards`: bounds of single tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// `shell.exec`.
    pub shell: ShellGuards,
    /// The tools of git.
    pub git: GitGuards,
}

/// Which programs may be run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShellGuards {
    /// These alone, as they are called; all where there is no list.
    pub allow: Option<Vec<String>>,
    /// None of these, whatever `allow` says.
    pub deny: Vec<String>,
    /// The most milliseconds one may take, which the spec says in `sandbox`.
    #[serde(skip)]
    pub timeout_ms_max: Option<u64>,
}

/// Which branches are not changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GitGuards {
    /// Names; `*` at the end stands for anything.
    pub protected_branches: Vec<String>,
}

impl Guards {
    /// Reads the section of a spec.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn of(section: &Map<String, Value>) -> Result<Self, String> {
        Self::deserialize(section).map_err(|error| format!("`tools.guards`: {error}"))
    }
}

impl ShellGuards {
    /// Whether the list allows the program as it is called.
    pub(super) fn allows(&self, program: &str) -> bool {
        self.allow.is_none() || self.names(program)
    }

    /// Whether the list names the program.
    pub(super) fn names(&self, program: &str) -> bool {
        self.allow.iter().flatten().any(|name| name == program)
    }

    /// Whether the program is denied.
    pub(super) fn denies(&self, program: &str) -> bool {
        self.deny.iter().any(|name| name == program)
    }
}

impl GitGuards {
    /// Whether the branch is one that nothing is committed to.
    pub(super) fn protects(&self, branch: &str) -> bool {
        let matches = |name: &String| match name.strip_suffix('*') {
            Some(start) => branch.starts_with(start),
            None => branch == name,
        };
        self.protected_branches.iter().any(matches)
    }
}

impl Default for GitGuards {
    fn default() -> Self {
        Self {
            protected_branches: PROTECTED_BRANCHES.map(str::to_owned).into(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn guards(value: &Value) -> Result<Guards, String> {
        Guards::of(value.as_object().unwrap())
    }

    #[test]
    fn the_section_is_read_and_unknown_keys_are_refused() {
        let read = guards(&json!({"shell": {"allow": ["cargo"], "deny": ["rm"]}})).unwrap();
        assert!(read.shell.allows("cargo") && !read.shell.allows("./cargo"));
        assert!(read.shell.denies("rm"));
        assert!(guards(&json!({})).unwrap().shell.allows("anything"));
        assert!(
            !guards(&json!({"shell": {"allow": []}}))
                .unwrap()
                .shell
                .allows("cargo")
        );
        let refused = guards(&json!({"shell": {"alow": []}})).unwrap_err();
        assert!(refused.contains("alow"), "{refused}");
    }

    #[test]
    fn g04_branches_are_protected_by_name_and_beginning() {
        let git = guards(&json!({})).unwrap().git;
        assert!(git.protects("main") && git.protects("release/1.2"));
        assert!(!git.protects("maintenance"));
        let own = guards(&json!({"git": {"protected_branches": ["live"]}}))
            .unwrap()
            .git;
        assert!(own.protects("live") && !own.protects("main"));
    }
}
