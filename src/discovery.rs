//! Which models could answer: the built-in one, and every checkpoint in the store, in the Hugging
//! Face cache, or named by path. What cannot is a row with its reason, never an error.
//!
//! Reads headers only. Knows no agent; runtimes are not probed here yet.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use aldo_models::{ChatTemplate, Checkpoint, ModelError};

use crate::candidate::{
    Candidate, Locality, Price, Registry, Source, Unavailable, UnavailableKind,
};
use crate::capabilities::{CheckpointFacts, PrivacyTier, project_checkpoint};

/// The provider of every model inside the process.
pub(crate) const IN_PROCESS: &str = "candle";

/// What was found, and the checkpoints behind the candidates.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// The candidates and what cannot be one.
    pub(crate) registry: Registry,
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

/// Describes the built-in model and every checkpoint below `roots`, all roots at once.
pub(crate) fn discover(roots: &[&Path]) -> Discovered {
    let found: Vec<_> = std::thread::scope(|scope| {
        let searches: Vec<_> = roots
            .iter()
            .map(|root| scope.spawn(|| Checkpoint::find(root)))
            .collect();
        let results = searches.into_iter().zip(roots);
        results
            .flat_map(|(search, root)| search.join().unwrap_or_else(|_| vec![crashed(root)]))
            .collect()
    });
    let mut discovered = builtin();
    for (path, checkpoint) in found {
        discovered.add(path.display().to_string(), checkpoint);
    }
    discovered
}

/// Describes the built-in model and the checkpoint at `path`, and gives the latter's id.
///
/// # Errors
/// [`ModelError`] when there is no checkpoint aldo can run.
pub(crate) fn describe(path: &Path) -> Result<(Discovered, String), ModelError> {
    let checkpoint = Checkpoint::open(path)?;
    let (candidate, checkpoint) = candidate(checkpoint)?;
    let id = candidate.id.clone();
    let mut discovered = builtin();
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

    /// Returns every checkpoint, in the order of the candidates.
    pub(crate) fn checkpoints(&self) -> &[Checkpoint] {
        &self.checkpoints
    }

    fn add(&mut self, what: String, checkpoint: Result<Checkpoint, ModelError>) {
        // A panic is a defect of ours, and still costs one row only.
        let described = catch_unwind(AssertUnwindSafe(|| checkpoint.and_then(candidate)));
        let row = match described {
            Ok(row) => row.map_err(|error| error.to_string()),
            Err(_) => Err("describing it failed".to_owned()),
        };
        let row = row.and_then(
            |(candidate, checkpoint)| match self.registry.find(&candidate.id) {
                Some(_) => Err(format!(
                    "another checkpoint is called `{}`; name this one by its path",
                    candidate.id
                )),
                None => Ok((candidate, checkpoint)),
            },
        );
        match row {
            Ok((candidate, checkpoint)) => {
                self.registry.candidates.push(candidate);
                self.checkpoints.push(checkpoint);
            }
            Err(reason) => {
                let reason = without_repeating(&what, reason);
                let kind = UnavailableKind::Checkpoint;
                self.registry
                    .unavailable
                    .push(Unavailable { kind, what, reason });
            }
        }
    }
}

/// Messages begin with the file they are about, which stands beside them already.
fn without_repeating(what: &str, reason: String) -> String {
    let rest = reason.strip_prefix(&format!("`{what}` "));
    rest.map(str::to_owned).unwrap_or(reason)
}

fn builtin() -> Discovered {
    let mut discovered = Discovered::default();
    discovered.add("the built-in model".to_owned(), Checkpoint::builtin());
    discovered
}

/// Makes a candidate of what the checkpoint's own metadata and chat template say.
fn candidate(checkpoint: Checkpoint) -> Result<(Candidate, Checkpoint), ModelError> {
    let source = checkpoint
        .chat_template_source()
        .ok_or(ModelError::NoChatTemplate)?;
    // Parsed without the tokenizer, whose vocabulary takes longer to read than all the rest.
    let template = ChatTemplate::parse(source, "", "")?;
    let context_tokens = checkpoint.config().context_tokens_max as u64;
    let facts = CheckpointFacts {
        context_tokens,
        tools: template.supports_tools(),
        thinking: template.supports_thinking(),
    };
    let profile = project_checkpoint(checkpoint.id(), facts);
    let source = match checkpoint.path() {
        Some(path) => Source::Checkpoint(path.to_owned()),
        None => Source::Builtin,
    };
    let candidate = Candidate {
        id: checkpoint.id().to_owned(),
        provider: IN_PROCESS.to_owned(),
        locality: Locality::Local,
        classes: vec![profile.class],
        provides: profile.capabilities.into_iter().collect::<BTreeSet<_>>(),
        privacy_allowed: PrivacyTier::ALL.into(),
        context_tokens,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source,
    };
    Ok((candidate, checkpoint))
}

/// The row of a folder whose search ended in a panic, which `find` keeps to single files.
fn crashed(root: &Path) -> (PathBuf, Result<Checkpoint, ModelError>) {
    let error = ModelError::NotACheckpoint {
        path: root.to_owned(),
        reason: "looking through it failed".to_owned(),
    };
    (root.to_owned(), Err(error))
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
        let found = discover(&[folder.path(), Path::new("/nowhere/at/all")]);
        let rows = &found.registry.unavailable;
        assert!(
            rows.iter()
                .any(|row| row.what.ends_with("cut.gguf") && row.reason.contains("truncated"))
        );
        assert!(!rows.iter().any(|row| row.what.contains("nowhere")));
        assert_eq!(found.registry.candidates.len(), found.checkpoints().len());
    }
}
