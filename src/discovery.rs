//! Which models could answer: the built-in one, every checkpoint in the store, in the Hugging Face
//! cache, or named by path, what runtimes serve, and what catalogues say. What cannot is a row with
//! its reason, never an error.
//!
//! Knows no agent, and loads nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aldo_backends::Runtime;
use aldo_models::{Checkpoint, ModelError};

use crate::candidate::{Candidate, Registry};
use crate::catalog::{Catalog, Ground};
use crate::router::Discovery;

mod answer;
pub(crate) mod checkpoints;
mod runtimes;
mod scan;
mod served;

pub(crate) use answer::{Answer, Reply};
pub(crate) use runtimes::Asking;
pub(crate) use scan::{Breadth, Seen, scan};

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    /// The folders of checkpoints.
    pub(crate) roots: &'a [&'a Path],
    /// The runtimes that are asked, and how.
    pub(crate) asking: Asking,
    /// Where every runtime is, asked or not: a catalogue's row may leave it out.
    pub(crate) addresses: &'a BTreeMap<Runtime, Vec<String>>,
    /// What the operator says of models.
    pub(crate) catalog: Catalog,
}

/// What was found, and the checkpoints behind the candidates.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// The candidates and what cannot be one.
    pub(crate) registry: Registry,
    /// What became of each runtime that was asked.
    pub(crate) answers: Vec<Answer>,
    /// What of a catalogue is not believed, for stderr.
    pub(crate) warnings: Vec<String>,
    checkpoints: Vec<Checkpoint>,
}

/// What `--model` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// A candidate by its id.
    Id(String),
    /// A checkpoint by its path.
    Path(PathBuf),
}

/// Describes every checkpoint and asks every runtime, all at once, then lets the catalogues speak.
pub(crate) fn discover(options: Options<'_>) -> Discovered {
    let offline = options.asking.offline;
    let (found, (answers, served)) = std::thread::scope(|scope| {
        let search = scope.spawn(|| checkpoints::search(options.roots));
        let asked = runtimes::ask(&options.asking);
        // A search keeps its panics to single files and folders.
        (search.join().unwrap_or_default(), asked)
    });
    let mut discovered = Discovered::builtin();
    discovered.add_checkpoints(found);
    discovered.add_answers(answers, served);
    let ground = Ground {
        addresses: options.addresses,
        offline,
    };
    discovered.warnings = options.catalog.apply(&mut discovered.registry, ground);
    discovered
}

/// Describes the built-in model and the checkpoint at `path`, and gives the latter's id.
///
/// # Errors
/// [`ModelError`] when there is no checkpoint aldo can run.
pub(crate) fn describe(path: &Path) -> Result<(Discovered, String), ModelError> {
    let checkpoint = Checkpoint::open(path)?;
    let (candidate, checkpoint) = checkpoints::candidate(checkpoint)?;
    let id = candidate.id.clone();
    let mut discovered = Discovered::builtin();
    discovered.checkpoints.retain(|other| other.id() != id);
    discovered
        .registry
        .candidates
        .retain(|other| other.id != id);
    discovered.registry.candidates.push(candidate);
    discovered.checkpoints.push(checkpoint);
    Ok((discovered, id))
}

impl Named {
    /// Tells a path from an id, which may be `org/name`: a path exists, or is written like one.
    pub(crate) fn of(text: &str) -> Self {
        let path = Path::new(text);
        let written_like_one = text.starts_with(['.', '/', '~'])
            || [".gguf", ".safetensors"]
                .iter()
                .any(|end| text.ends_with(end));
        if written_like_one || (text.contains('/') && path.exists()) {
            Self::Path(path.to_owned())
        } else {
            Self::Id(text.to_owned())
        }
    }
}

impl Discovered {
    /// Returns the checkpoint of a candidate in process; another program's model may have its id.
    pub(crate) fn checkpoint(&self, candidate: &Candidate) -> Option<&Checkpoint> {
        let mut checkpoints = self.checkpoints.iter();
        let found = checkpoints.find(|checkpoint| checkpoint.id() == candidate.id);
        found.filter(|_| candidate.source.is_in_process())
    }

    /// Returns what the router is told of the runtimes.
    pub(crate) fn runtimes(&self) -> Discovery {
        let serves = |answer: &Answer| match &answer.reply {
            Reply::Serving { models, .. } => *models > 0,
            Reply::NotRunning { .. } | Reply::Unexpected { .. } | Reply::NotAsked { .. } => false,
        };
        if self.answers.is_empty() {
            Discovery::Unset
        } else if self.answers.iter().any(serves) {
            Discovery::Found
        } else {
            Discovery::Empty
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_an_id() {
        for path in [
            "./x",
            "../x",
            "/x",
            "~/x",
            "x.gguf",
            "a/x.safetensors",
            "src/lib.rs",
        ] {
            assert_eq!(Named::of(path), Named::Path(path.into()), "{path}");
        }
        for id in ["aldo-nano", "org/name", "qwen3-4b", "src"] {
            assert_eq!(Named::of(id), Named::Id(id.to_owned()), "{id}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_a_row_and_no_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("cut.gguf"), "GGUF").expect("it can be written to");
        let found = discover(Options {
            roots: &[folder.path(), Path::new("/nowhere/at/all")],
            asking: Asking::default(),
            addresses: &BTreeMap::new(),
            catalog: Catalog::default(),
        });
        let rows = &found.registry.unavailable;
        assert!(
            rows.iter()
                .any(|row| row.what.ends_with("cut.gguf") && row.reason.contains("truncated"))
        );
        assert!(!rows.iter().any(|row| row.what.contains("nowhere")));
        assert_eq!(found.registry.candidates.len(), found.checkpoints.len());
        assert_eq!(found.runtimes(), Discovery::Unset);
    }
}
