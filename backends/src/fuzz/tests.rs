//! Every input that was ever kept, once more.

#![allow(clippy::unwrap_used)]

use std::path::Path;

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
        assert!(program.is_file(), "{target}");
        let corpus = std::fs::read_dir(fuzz.join("corpus").join(target)).unwrap();
        let inputs: Vec<_> = corpus.map(|entry| entry.unwrap().path()).collect();
        assert!(inputs.len() >= 3, "{target} has {} inputs", inputs.len());
        for input in inputs {
            let bytes = std::fs::read(&input).unwrap();
            let ran = std::panic::catch_unwind(|| run(&bytes));
            assert!(ran.is_ok(), "{}", input.display());
        }
    }
}
