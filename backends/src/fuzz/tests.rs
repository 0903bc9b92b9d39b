//! Every input that was ever kept, and some like it.

#![allow(clippy::unwrap_used)]
// Says how much was tried, to whoever lets it go on.
#![allow(clippy::print_stdout)]

use std::path::Path;

use aldo_models::test_support::replay;

use super::TARGETS;

#[test]
fn the_corpora_of_all_fuzz_targets_are_replayed() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (target, run) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
        let program = fuzz.join("fuzz_targets").join(format!("{target}.rs"));
        let program = std::fs::read_to_string(program).unwrap();
        assert!(
            program.contains(&format!("fuzz::{target}(bytes)")),
            "{target}"
        );
        assert!(
            replay(&fuzz.join("corpus"), target, run, true) > 100,
            "{target}"
        );
    }
}
