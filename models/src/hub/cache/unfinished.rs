//! Downloads that were begun and not ended.

use std::fs;
use std::path::Path;

use super::{HubCache, INCOMPLETE, MODELS};

/// The most repositories that are looked at.
const REPOSITORIES_MAX: usize = 10_000;

/// What is here of a repository's downloads that did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The repository.
    pub repository: String,
    /// The bytes that are here.
    pub bytes: u64,
}

impl HubCache {
    /// The downloads that were begun and not ended, in order of name.
    pub fn unfinished(&self) -> Vec<Unfinished> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let rows = entries.take(REPOSITORIES_MAX).filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let repository = name.strip_prefix(MODELS)?.replacen("--", "/", 1);
            let bytes = incomplete_bytes(&entry.path().join("blobs"));
            (bytes > 0).then_some(Unfinished { repository, bytes })
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|one, other| one.repository.cmp(&other.repository));
        rows
    }
}

fn incomplete_bytes(blobs: &Path) -> u64 {
    let entries = fs::read_dir(blobs).into_iter().flatten().flatten();
    let partial =
        entries.filter(|entry| entry.path().extension().is_some_and(|it| it == INCOMPLETE));
    partial
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}
