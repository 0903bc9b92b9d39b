//! `aldo` without a command: what is here, and the one next command to type.

use serde::Serialize;

use super::{Context, model};
use crate::candidate::{Candidate, Source};
use crate::ui::{Outcome, Page, dim, plain, strong};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    version: &'static str,
    models: Vec<String>,
    refused: usize,
    hosted: bool,
    next: &'static str,
}

/// Shows what is here.
pub(super) fn run(ctx: &Context) -> Outcome {
    let registry = model::all(ctx).registry;
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        models: registry
            .candidates
            .iter()
            .map(|row| row.id.clone())
            .collect(),
        refused: registry.unavailable.len(),
        hosted: ctx.config.api_token.is_some(),
        next: "aldo run hello",
    };
    let mut page = Page::new();
    page.line([strong("aldo "), plain(document.version)])
        .blank();
    page.fields([
        ("in process", in_process(&registry.candidates)),
        ("runtimes", "not asked by this version".to_owned()),
        ("hosted", hosted(ctx)),
    ]);
    if document.refused > 0 {
        let refused = format!(
            "not usable: {}, `aldo models ls` says why",
            document.refused
        );
        page.line([dim(refused)]);
    }
    page.blank();
    page.line([plain("next: "), strong(document.next)]);
    Outcome::new(&document, page)
}

fn in_process(candidates: &[Candidate]) -> String {
    let named = candidates
        .iter()
        .filter_map(|candidate| match candidate.source {
            Source::Builtin => Some(format!("{} (built in, for demonstration)", candidate.id)),
            Source::Checkpoint(_) => Some(candidate.id.clone()),
            Source::Runtime { .. } | Source::Catalog(_) => None,
        });
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        return "none".to_owned();
    }
    named.join(", ")
}

fn hosted(ctx: &Context) -> String {
    match ctx.config.api_token {
        Some(_) => "`ALDO_API_TOKEN` is set".to_owned(),
        None => "no, `ALDO_API_TOKEN` is not set".to_owned(),
    }
}
