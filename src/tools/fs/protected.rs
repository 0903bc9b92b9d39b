//! Names whose content decides what runs or what is known: changed only with a person's consent.

use super::inside::Inside;

/// Folders that no tool changes in unasked: what is in them runs later, outside any tool.
const FOLDERS: [&str; 10] = [
    ".git",
    "git~1",
    ".hg",
    ".husky",
    ".vscode",
    ".idea",
    ".cursor",
    ".claude",
    ".devcontainer",
    ".githooks",
];
/// Files of aldo's own, and others that name what is run.
const FILES: [&str; 5] = [
    "aldo.toml",
    "aldo.models.yaml",
    ".mcp.json",
    ".gitmodules",
    ".gitattributes",
];
/// Files that hold back what is installed, besides those called `.lock`.
const LOCKS: [&str; 7] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "bun.lockb",
    "go.sum",
    "gradle.lockfile",
    "packages.lock.json",
];
/// Folders of agents, and how their files end.
const AGENT_FOLDERS: [&str; 2] = ["agents", "agency"];
const AGENT_FILES: [&str; 4] = [".yaml", ".yml", ".md", ".json"];

/// Returns the path when it is protected: by any of its names, in any case and with any characters in
/// it that a file system passes over.
pub(crate) fn protected(inside: &Inside) -> Option<String> {
    let names: Vec<String> = inside.names().iter().map(|name| folded(name)).collect();
    let by_any = names.iter().any(|name| {
        FOLDERS.contains(&name.as_str())
            || FILES.contains(&name.as_str())
            || name.starts_with(".env")
    });
    let last = names.last()?;
    let is_lock = is_lock(last);
    let above = &names[..names.len() - 1];
    let is_agent = above
        .iter()
        .any(|name| AGENT_FOLDERS.contains(&name.as_str()))
        && AGENT_FILES.iter().any(|end| ends_with(last, end));
    let is_agents = AGENT_FOLDERS.contains(&last.as_str());
    (by_any || is_lock || is_agent || is_agents).then(|| inside.shown())
}

/// Whether a file decides what runs later: protected, but for lock files, which programs keep, and for
/// what git itself keeps beside its settings and hooks.
pub(crate) fn runs_later(inside: &Inside) -> bool {
    let names: Vec<String> = inside.names().iter().map(|name| folded(name)).collect();
    let git = names.iter().position(|name| name == ".git");
    if let Some(name) = git.and_then(|at| names.get(at + 1)) {
        return ["config", "config.worktree", "hooks", "info"].contains(&name.as_str());
    }
    let is_lock = names.last().is_some_and(|name| is_lock(name));
    protected(inside).is_some() && !is_lock
}

fn is_lock(name: &str) -> bool {
    ends_with(name, ".lock") || LOCKS.contains(&name)
}

fn ends_with(name: &str, end: &str) -> bool {
    name.len() > end.len() && name.ends_with(end)
}

/// As the most forgiving file system compares names: no case, no dots or spaces at the end, nothing
/// that is not seen, no second stream behind a colon.
fn folded(name: &str) -> String {
    let name = name.split(':').next().unwrap_or_default();
    let seen: String = name.chars().filter(|c| !is_unseen(*c)).collect();
    seen.to_lowercase().trim_end_matches(['.', ' ']).to_owned()
}

fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || c.is_control()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;

    fn is_protected(text: &str) -> bool {
        protected(&Inside::parse(text, Path::new("/r")).unwrap()).is_some()
    }

    #[test]
    fn g02_what_decides_what_runs_is_protected() {
        for path in [
            ".git/hooks/pre-commit",
            ".git",
            "sub/.git/config",
            ".env",
            ".env.local",
            "deep/.envrc",
            "Cargo.lock",
            "web/package-lock.json",
            "aldo.toml",
            "aldo.models.yaml",
            "agents/reviewer.yaml",
            "agency/direction/principal.md",
            "agents",
            ".vscode/tasks.json",
            ".mcp.json",
        ] {
            assert!(is_protected(path), "{path}");
        }
    }

    #[test]
    fn g01_case_and_forms_of_a_name_do_not_help() {
        for path in [
            ".GIT/config",
            ".Git/hooks/x",
            ".g\u{200c}it/config",
            ".git./config",
            ".git /config",
            "GIT~1/config",
            ".ENV",
            "CARGO.LOCK",
            ".git::$INDEX_ALLOCATION/x",
            "Aldo.Toml",
        ] {
            assert!(is_protected(path), "{path}");
        }
    }

    #[test]
    fn ordinary_names_are_not() {
        for path in [
            "src/main.rs",
            "src/agents/mod.rs",
            "environment.md",
            "lock",
            ".gitignore",
            "block.txt",
            "src/clock.rs",
            "readme.md",
        ] {
            assert!(!is_protected(path), "{path}");
        }
    }
}
