//! What the fuzz target of `fuzz` runs: it takes anything and must return. Not part of the crate's
//! interface.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::suite::{Origin, Suite};
use crate::capabilities::PrivacyTier;
use crate::spec::AgentSpec;
use crate::yaml::FileError;

/// A target: its name and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 1] = [("spec", spec)];

/// Reads a file as an agent, which then writes its prompt, and as a suite.
///
/// # Panics
/// When a fault has no place or its message a control character, and when an agent that names its tier
/// has another one.
pub fn spec(bytes: &[u8]) {
    let path = file_with(bytes);
    let tiers = [PrivacyTier::Public, PrivacyTier::Sensitive];
    let [public, sensitive] = tiers.map(|tier| AgentSpec::load(&path, tier));
    match (public, sensitive) {
        (Ok(public), Ok(sensitive)) => {
            let _ = public.render(&Value::Null);
            let _ = public.render(&json!({"task": "t {{task}} é"}));
            let _ = public.need(1, Some(0.5), None);
            // The default decides about nothing else, and never lowers.
            assert!(public.tier() <= sensitive.tier());
            assert_eq!(public.identity, sensitive.identity);
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            has_places(&one);
        }
        (one, other) => panic!("the default tier decides: {one:?} and {other:?}"),
    }
    if let Err(error) = Suite::load(&path, Origin::Named) {
        has_places(&error);
    }
}

fn has_places(error: &FileError) {
    assert!(!error.faults.is_empty());
    for fault in &error.faults {
        assert!(fault.line >= 1 && fault.column >= 1, "{fault:?}");
        assert!(!fault.message.chars().any(char::is_control), "{fault:?}");
    }
}

/// A file of this process, in a folder with nothing beside it.
fn file_with(bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("aldo-fuzz-{}-spec", std::process::id()));
    // Without a folder nothing is read, and a run that covers nothing is seen.
    let _ = std::fs::create_dir_all(&folder);
    let path = folder.join("input.yaml");
    let _ = std::fs::write(&path, bytes);
    path
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use aldo_models::test_support::replay;

    use super::*;

    #[test]
    fn c09_the_corpora_of_all_fuzz_targets_are_replayed() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
        for (target, run) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")));
            let program = fuzz.join("fuzz_targets").join(format!("{target}.rs"));
            let program = std::fs::read_to_string(program).unwrap();
            assert!(program.contains(&format!("fuzz::{target}(bytes)")));
            assert!(replay(&fuzz.join("corpus"), target, run, true) > 100);
        }
        // Inputs that are all refused would show little.
        for good in ["short", "suite"] {
            let path = fuzz.join("corpus/spec").join(good);
            let agent = AgentSpec::load(&path, PrivacyTier::Internal).is_ok();
            assert!(agent || Suite::load(&path, Origin::Named).is_ok(), "{good}");
        }
        let path = file_with(b"");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
