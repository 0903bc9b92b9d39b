//! `aldo models ls`.

use aldo_models::{Checkpoint, HubCache};
use serde::Serialize;

use crate::candidate::{Candidate, Unavailable, UnavailableKind};
use crate::capabilities::Capability;
use crate::commands::model::{self, Ask};
use crate::commands::ratings::{self, Evidence};
use crate::commands::{Context, answers, served};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, Span, bad, dim, plain, size, strong, warning};

/// How much of a commit people are shown.
const COMMIT_CHARS: usize = 7;

#[derive(Serialize)]
struct Document<'a> {
    models: Vec<Row>,
    unfinished: Vec<Partial>,
    served: Vec<served::Row<'a>>,
    runtimes: Vec<answers::Row<'a>>,
    refused: Vec<&'a Unavailable>,
    /// What was measured of them.
    ratings: Vec<Evidence>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    provider: String,
    architecture: &'static str,
    quantization: String,
    parameters: u64,
    size_bytes: u64,
    context_tokens: u64,
    capabilities: Vec<Capability>,
    path: Option<String>,
    /// Where it was pulled from.
    source: Option<Source>,
}

/// A repository at a commit.
#[derive(Serialize)]
struct Source {
    repository: String,
    commit: String,
}

/// A pull that was broken off.
#[derive(Serialize)]
struct Partial {
    repository: String,
    bytes: u64,
}

/// Lists every model in process, and what the runtimes that are turned on serve.
pub(super) fn run(ctx: &Context) -> Result<Outcome, Failure> {
    let found = model::all(ctx, Ask::Nobody, None)?;
    let candidates = &found.registry.candidates;
    let refused = found.registry.unavailable.iter();
    let refused = refused.filter(|row| row.kind != UnavailableKind::Runtime);
    let refused: Vec<_> = refused.collect();
    let in_process = |candidate| Some(row(candidate, found.checkpoint(candidate)?));
    let models: Vec<_> = candidates.iter().filter_map(in_process).collect();
    let served = candidates.iter().filter(|row| !row.source.is_in_process());
    let served: Vec<_> = served.map(served::Row::of).collect();
    let mut page = Page::new();
    page.table(
        [
            "id",
            "architecture",
            "type",
            "weights",
            "size",
            "context",
            "where",
        ],
        models.iter().map(|row| {
            [
                strong(&row.id),
                plain(row.architecture),
                plain(&row.quantization),
                plain(size::count(row.parameters)),
                plain(size::bytes(row.size_bytes)),
                plain(row.context_tokens.to_string()),
                dim(row.place()),
            ]
        }),
    );
    let unfinished = unfinished(ctx);
    if !unfinished.is_empty() {
        page.blank().table(
            ["unfinished", "here", "to go on"],
            unfinished.iter().map(Partial::cells),
        );
    }
    let ratings = ratings::known(ctx, &found);
    if !ratings.is_empty() {
        let rows = ratings.iter();
        page.blank().table(
            ["rated", "provider", "how it did"],
            rows.map(|row| [strong(&row.model), plain(&row.provider), plain(row.says())]),
        );
    }
    if !refused.is_empty() {
        let rows = refused
            .iter()
            .map(|row| [bad(&row.what), plain(&row.reason)]);
        page.blank().table(["refused", "why"], rows);
    }
    if !served.is_empty() {
        page.blank();
        served::show(&mut page, &served);
    }
    page.blank();
    answers::show(&mut page, &found.answers);
    let runtimes = answers::rows(&found.answers);
    let document = Document {
        models,
        unfinished,
        served,
        runtimes,
        refused,
        ratings,
    };
    Ok(Outcome::new(&document, page))
}

fn row(candidate: &Candidate, checkpoint: &Checkpoint) -> Row {
    Row {
        id: candidate.id.clone(),
        provider: candidate.provider.clone(),
        architecture: checkpoint.config().architecture.name(),
        quantization: checkpoint.quantization(),
        parameters: checkpoint.parameters(),
        size_bytes: checkpoint.size_bytes(),
        context_tokens: candidate.context_tokens,
        capabilities: candidate.provides.iter().cloned().collect(),
        path: checkpoint.path().map(|path| path.display().to_string()),
        source: checkpoint
            .path()
            .and_then(HubCache::origin)
            .map(|it| Source {
                repository: it.repository,
                commit: it.commit,
            }),
    }
}

impl Row {
    /// Where it is, as people say it: what was pulled is in the cache, under a path nobody types.
    fn place(&self) -> String {
        match (&self.source, &self.path) {
            (Some(source), _) => {
                let commit = source.commit.get(..COMMIT_CHARS).unwrap_or(&source.commit);
                format!("{}@{commit}", source.repository)
            }
            (None, Some(path)) => path.clone(),
            (None, None) => "built in".to_owned(),
        }
    }
}

/// The pulls that were broken off.
fn unfinished(ctx: &Context) -> Vec<Partial> {
    let cache = HubCache::new(ctx.config.folders.hub_cache.clone());
    let rows = cache.unfinished().into_iter();
    rows.map(|row| Partial {
        repository: row.repository,
        bytes: row.bytes,
    })
    .collect()
}

impl Partial {
    fn cells(&self) -> [Span; 3] {
        [
            warning(&self.repository),
            plain(size::bytes(self.bytes)),
            dim(format!("aldo models pull {}", self.repository)),
        ]
    }
}
