//! `aldo` without a command: what is here, and the one next command to type.

use serde::Serialize;

use super::model::{self, Ask};
use super::{Context, answers};
use crate::candidate::{Candidate, Source, UnavailableKind};
use crate::discovery::{Answer, Reply};
use crate::env;
use crate::ui::{Outcome, Page, bad, dim, plain, strong};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: &'static str,
    models: Vec<&'a str>,
    served: Vec<&'a str>,
    runtimes: Vec<answers::Row<'a>>,
    refused: usize,
    hosted: bool,
    next: String,
}

/// Shows what is here.
pub(super) fn run(ctx: &Context) -> Outcome {
    let (found, wrong) = model::all_there_is(ctx, Ask::Everybody);
    let candidates = &found.registry.candidates;
    let ids = |in_process: bool| {
        let rows = candidates.iter();
        let rows = rows.filter(|row| row.source.is_in_process() == in_process);
        rows.map(|row| row.id.as_str()).collect()
    };
    let refused = found.registry.unavailable.iter();
    let refused = refused.filter(|row| row.kind != UnavailableKind::Runtime);
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        models: ids(true),
        served: ids(false),
        runtimes: answers::rows(&found.answers),
        refused: refused.count(),
        hosted: ctx.config.api_token.is_some(),
        next: next(ctx, &found.answers),
    };
    let mut page = Page::new();
    page.line([strong("aldo "), plain(document.version)])
        .blank();
    page.fields([
        ("in process", in_process(candidates)),
        ("hosted", hosted(ctx)),
    ]);
    page.blank();
    answers::show(&mut page, &found.answers);
    page.blank();
    if document.refused > 0 {
        let refused = document.refused;
        page.line([dim(format!(
            "not usable: {refused}, `aldo models ls` says why"
        ))]);
    }
    if let Some(wrong) = wrong {
        page.line([bad("not read: "), plain(wrong.sentence())]);
    }
    page.line([plain("next: "), strong(&document.next)]);
    Outcome::new(&document, page)
}

/// The command that shows most of what is here.
fn next(ctx: &Context, answers: &[Answer]) -> String {
    let serves = |answer: &&Answer| match answer.reply {
        Reply::Serving { models, .. } => models > 0,
        Reply::NotRunning { .. } | Reply::Unexpected { .. } | Reply::NotAsked { .. } => false,
    };
    match (&ctx.config.discovery, answers.iter().find(serves)) {
        (None, Some(answer)) => {
            let variable = env::LOCAL_DISCOVERY.name;
            format!("{variable}={} aldo run hello", answer.runtime)
        }
        (None, None) | (Some(_), _) => "aldo run hello".to_owned(),
    }
}

fn in_process(candidates: &[Candidate]) -> String {
    let named = candidates.iter().filter_map(|row| match row.source {
        Source::Builtin => Some(format!("{} (built in, for demonstration)", row.id)),
        Source::Checkpoint(_) => Some(row.id.clone()),
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
