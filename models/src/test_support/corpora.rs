//! Corpora of fuzz targets, run by plain tests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Dice, mutated};

/// Changed inputs that are tried for every input of a corpus.
const CHANGES: usize = 60;
/// A variable that has each target tried for so many seconds instead.
const SECONDS: &str = "ALDO_FUZZ_SECONDS";

/// Runs every input in `corpora/target`, then changed ones; returns how many were run. Without
/// `changes` the inputs alone.
///
/// # Panics
/// When a corpus has fewer than three inputs, and when `run` panics; the input is kept in a file that
/// the message names.
pub fn replay(corpora: &Path, target: &str, run: fn(&[u8]), changes: bool) -> usize {
    let inputs = inputs(&corpora.join(target));
    assert!(inputs.len() >= 3, "{target} has {} inputs", inputs.len());
    for (path, bytes) in &inputs {
        try_one(run, bytes, || path.clone());
    }
    if !changes {
        return inputs.len();
    }
    let seconds = std::env::var(SECONDS)
        .ok()
        .and_then(|text| text.parse().ok());
    let (started, limit) = (Instant::now(), seconds.map(Duration::from_secs));
    let mut dice = Dice::new(limit.map_or(0, |_| u64::from(std::process::id())));
    let mut count = 0;
    while limit.map_or(count < CHANGES * inputs.len(), |limit| {
        started.elapsed() < limit
    }) {
        let (_, input) = &inputs[count % inputs.len()];
        let (_, other) = &inputs[dice.below(inputs.len())];
        let bytes = mutated(input, other, &mut dice);
        try_one(run, &bytes, || kept(target, &bytes));
        count += 1;
    }
    inputs.len() + count
}

fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort_unstable();
    let read = |path: PathBuf| std::fs::read(&path).ok().map(|bytes| (path, bytes));
    paths.into_iter().filter_map(read).collect()
}

fn try_one(run: fn(&[u8]), bytes: &[u8], place: impl FnOnce() -> PathBuf) {
    let ran = catch_unwind(AssertUnwindSafe(|| run(bytes)));
    assert!(ran.is_ok(), "{}", place().display());
}

/// Keeps an input that makes a target panic.
fn kept(target: &str, bytes: &[u8]) -> PathBuf {
    let name = format!("aldo-fuzz-{target}-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    // The message says where it should be; without it the seed of the test gives it again.
    let _ = std::fs::write(&path, bytes);
    path
}
