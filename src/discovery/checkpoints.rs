//! The checkpoints that are here, described without loading one. Reads headers only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use aldo_models::{ChatTemplate, Checkpoint, ModelError};

use super::Discovered;
use crate::candidate::{Candidate, Locality, Price, Source, Unavailable, UnavailableKind};
use crate::capabilities::{CheckpointFacts, PrivacyTier, project_checkpoint};

/// The provider of every model inside the process.
pub(crate) const IN_PROCESS: &str = "candle";

/// What a search found: each file or folder, described or refused.
pub(super) type Found = Vec<(PathBuf, Result<Checkpoint, ModelError>)>;

/// Looks below `roots`, all at once.
pub(super) fn search(roots: &[&Path]) -> Found {
    std::thread::scope(|scope| {
        let searches: Vec<_> = roots
            .iter()
            .map(|root| scope.spawn(|| Checkpoint::find(root)))
            .collect();
        let results = searches.into_iter().zip(roots);
        results
            .flat_map(|(search, root)| search.join().unwrap_or_else(|_| vec![crashed(root)]))
            .collect()
    })
}

impl Discovered {
    /// Begins with the built-in model.
    pub(super) fn builtin() -> Self {
        let mut discovered = Self::default();
        discovered.add("the built-in model".to_owned(), Checkpoint::builtin());
        discovered
    }

    /// Adds the candidates of what was found; what is refused is a row with its reason.
    pub(super) fn add_checkpoints(&mut self, found: Found) {
        for (path, checkpoint) in found {
            self.add(path.display().to_string(), checkpoint);
        }
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

/// Makes a candidate of what the checkpoint's own metadata and chat template say.
pub(super) fn candidate(checkpoint: Checkpoint) -> Result<(Candidate, Checkpoint), ModelError> {
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
        provides: profile.capabilities,
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
