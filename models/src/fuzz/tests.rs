//! Every input that was ever kept, and some like it.

#![allow(clippy::unwrap_used)]
// Says how much was tried, to whoever lets it go on.
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};

use super::{TARGETS, files};
use crate::test_support::replay;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

#[test]
fn the_corpora_of_all_fuzz_targets_are_replayed() {
    for (target, run) in TARGETS {
        // A changed template may ask for all memory there is, and gets it here.
        let count = replay(&fuzz().join("corpus"), target, run, target != "template");
        println!("{target}: {count} inputs");
        assert!(count >= 3, "{target}");
    }
    files::clean_up();
}

#[test]
fn every_target_has_a_program() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (target, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
        let program = fuzz().join("fuzz_targets").join(format!("{target}.rs"));
        let program = std::fs::read_to_string(program).unwrap();
        assert!(
            program.contains(&format!("fuzz::{target}(bytes)")),
            "{target}"
        );
    }
}
