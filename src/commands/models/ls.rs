//! `aldo models ls`.

use aldo_models::Checkpoint;
use serde::Serialize;

use crate::candidate::{Candidate, Unavailable};
use crate::capabilities::Capability;
use crate::commands::{Context, model};
use crate::ui::{Outcome, Page, bad, dim, plain, size, strong};

#[derive(Serialize)]
struct Document<'a> {
    models: Vec<Row>,
    refused: &'a [Unavailable],
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
}

/// Lists every model in process.
pub(super) fn run(ctx: &Context) -> Outcome {
    let found = model::all(ctx);
    let refused = &found.registry.unavailable;
    let both = found.registry.candidates.iter().zip(found.checkpoints());
    let models: Vec<_> = both
        .map(|(candidate, checkpoint)| row(candidate, checkpoint))
        .collect();
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
                dim(row.path.as_deref().unwrap_or("built in")),
            ]
        }),
    );
    if !refused.is_empty() {
        let rows = refused
            .iter()
            .map(|row| [bad(&row.what), plain(&row.reason)]);
        page.blank().table(["refused", "why"], rows);
    }
    Outcome::new(&Document { models, refused }, page)
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
    }
}
