//! The agency compiled into the binary: every spec and the files beside it, by path.

use super::agent::AgentSpec;
use super::beside::Beside;
use crate::capabilities::PrivacyTier;
use crate::yaml::FileError;

/// The path of a file under `agency/`, with its text.
macro_rules! embedded {
    ($path:literal) => {
        ($path, include_str!(concat!("../../agency/", $path)))
    };
}

/// Every file of `agency/` that an agent is made of.
const FILES: &[(&str, &str)] = &[
    embedded!("direction/architect.yaml"),
    embedded!("direction/architect.md"),
    embedded!("direction/architect.inputs.json"),
    embedded!("direction/principal.yaml"),
    embedded!("direction/principal.inputs.json"),
    embedded!("delivery/backend-engineer.yaml"),
    embedded!("delivery/backend-engineer.md"),
    embedded!("delivery/backend-engineer.inputs.json"),
    embedded!("delivery/code-reviewer.yaml"),
    embedded!("delivery/code-reviewer.md"),
    embedded!("delivery/code-reviewer.inputs.json"),
    embedded!("delivery/security-auditor.yaml"),
    embedded!("delivery/security-auditor.md"),
    embedded!("delivery/security-auditor.inputs.json"),
    embedded!("delivery/tech-lead.yaml"),
    embedded!("delivery/tech-lead.md"),
    embedded!("delivery/tech-lead.inputs.json"),
    embedded!("support/hello.yaml"),
    embedded!("support/hello.md"),
    embedded!("support/hello.inputs.json"),
    embedded!("support/librarian.yaml"),
    embedded!("support/librarian.md"),
    embedded!("support/confidant.yaml"),
    embedded!("support/confidant.md"),
];

/// Returns the names of the built-in agents.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    specs().map(|(name, _, _)| name)
}

/// Returns the path of a built-in agent, for messages.
pub(super) fn shown_path(name: &str) -> String {
    format!("builtin:{name}")
}

/// Returns the built-in agent called `name`.
///
/// # Errors
/// [`FileError`] never in a released binary: a test reads every one.
pub(super) fn load(name: &str, default_tier: PrivacyTier) -> Option<Result<AgentSpec, FileError>> {
    let (_, folder, text) = specs().find(|(spec, _, _)| *spec == name)?;
    Some(AgentSpec::parse(
        text,
        &shown_path(name),
        Beside::Embedded(folder, FILES),
        default_tier,
    ))
}

/// Name, folder and text of each spec.
fn specs() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    FILES.iter().filter_map(|(path, text)| {
        let (folder, name) = path.strip_suffix(".yaml")?.rsplit_once('/')?;
        Some((name, folder, *text))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::{Path, PathBuf};

    use super::*;

    fn files_under(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_under(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_file_of_the_agency_is_in_the_binary() {
        let agency = Path::new(env!("CARGO_MANIFEST_DIR")).join("agency");
        for folder in ["direction", "delivery", "support"].map(|name| agency.join(name)) {
            let mut found = Vec::new();
            if folder.is_dir() {
                files_under(&folder, &mut found);
            }
            for path in found {
                let inside = path.strip_prefix(&agency).unwrap().to_str().unwrap();
                let known = FILES.iter().any(|(name, _)| *name == inside);
                assert!(known, "{inside} is not compiled in");
            }
        }
    }

    #[test]
    fn every_builtin_agent_reads_and_is_called_as_its_file() {
        assert!(names().count() >= 3);
        for name in names() {
            let spec = load(name, PrivacyTier::Internal).unwrap().unwrap();
            assert_eq!(spec.name(), name);
            assert!(!spec.identity.description.is_empty(), "{name}");
        }
        assert!(load("nobody", PrivacyTier::Internal).is_none());
    }
}
