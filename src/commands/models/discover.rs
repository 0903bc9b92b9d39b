//! `aldo models discover`.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::candidate::{Candidate, Source, Unavailable, UnavailableKind};
use crate::catalog::Catalog;
use crate::commands::model::{self, Ask};
use crate::commands::{Context, answers, served};
use crate::discovery::{Answer, Breadth, Discovered, Reply, Seen, scan};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, bad, dim, plain, strong};

mod hints;

/// What can be typed after `aldo models discover`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How long each runtime may take to answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout: u64,
    /// Look at the ports of other model servers as well, on this machine only.
    #[arg(long)]
    scan: bool,
    /// Look at every port from 1024 up, on this machine only.
    #[arg(long)]
    exhaustive: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    ok: bool,
    models: Vec<served::Row<'a>>,
    runtimes: Vec<answers::Row<'a>>,
    scanned: Option<Scanned<'a>>,
    refused: Vec<&'a Unavailable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

#[derive(Serialize)]
struct Scanned<'a> {
    ports: usize,
    servers: Vec<Server<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Server<'a> {
    name: &'static str,
    base_url: &'a str,
    models: Vec<&'a str>,
    hint: String,
}

/// Asks, looks, and lists; fails where nothing was found.
pub(super) fn run(ctx: &Context, args: &Args) -> Outcome {
    let deadline = Duration::from_millis(args.timeout);
    let asking = model::asking(ctx, Ask::Everybody, deadline);
    let mut found = model::discover(ctx, asking, Catalog::default());
    let scanned = breadth(args).map(|breadth| {
        let known = serving(&found.answers);
        let progress = ctx.ui.progress("ports");
        let seen = scan(breadth, &known, deadline, &mut |done, total| {
            progress.set(done, total);
        });
        (breadth.ports().count(), seen)
    });
    if let Some((_, seen)) = &scanned {
        found.add_seen(seen);
    }
    outcome(&found, scanned.as_ref())
}

fn breadth(args: &Args) -> Option<Breadth> {
    match (args.exhaustive, args.scan) {
        (true, _) => Some(Breadth::Exhaustive),
        (false, true) => Some(Breadth::Known),
        (false, false) => None,
    }
}

/// The addresses that have answered already.
fn serving(answers: &[Answer]) -> Vec<String> {
    let serving = answers.iter().filter(|answer| match answer.reply {
        Reply::Serving { .. } => true,
        Reply::NotRunning { .. } | Reply::Unexpected { .. } | Reply::NotAsked { .. } => false,
    });
    serving.map(|answer| answer.address.clone()).collect()
}

fn outcome(found: &Discovered, scanned: Option<&(usize, Vec<Seen>)>) -> Outcome {
    let candidates = &found.registry.candidates;
    let refused = found.registry.unavailable.iter();
    let refused = refused.filter(|row| row.kind == UnavailableKind::Checkpoint);
    let failure = candidates
        .iter()
        .all(is_builtin)
        .then(|| hints::nothing_found(&found.answers, scanned.is_some()));
    let document = Document {
        ok: failure.is_none(),
        models: candidates.iter().map(served::Row::of).collect(),
        runtimes: answers::rows(&found.answers),
        scanned: scanned.map(|(ports, seen)| Scanned {
            ports: *ports,
            servers: seen.iter().map(Server::of).collect(),
        }),
        refused: refused.collect(),
        error: failure.as_ref().map(Failure::json),
    };
    let outcome = Outcome::new(&json!(document), page(&document, found));
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

fn is_builtin(candidate: &Candidate) -> bool {
    candidate.source == Source::Builtin
}

fn page(document: &Document<'_>, found: &Discovered) -> Page {
    let mut page = Page::new();
    served::show(&mut page, &document.models);
    page.blank();
    answers::show(&mut page, &found.answers);
    if let Some(scanned) = &document.scanned {
        page.blank();
        scanned.show(&mut page);
    }
    if !document.refused.is_empty() {
        let rows = document.refused.iter();
        let rows = rows.map(|row| [bad(&row.what), plain(&row.reason)]);
        page.blank().table(["refused", "why"], rows);
    }
    page
}

impl Scanned<'_> {
    fn show(&self, page: &mut Page) {
        let ports = match self.ports {
            1 => "1 port".to_owned(),
            ports => format!("{ports} ports"),
        };
        if self.servers.is_empty() {
            page.line([dim(format!("looked at {ports}: no other server of models"))]);
            return;
        }
        page.line([dim(format!("looked at {ports}:"))]);
        let rows = self.servers.iter().map(|server| {
            let place = server.base_url.trim_start_matches("http://");
            [
                strong(server.name),
                plain(place),
                plain(server.models.len().to_string()),
                dim(&server.hint),
            ]
        });
        page.table(["server", "address", "models", "to use it"], rows);
    }
}

impl<'a> Server<'a> {
    fn of(seen: &'a Seen) -> Self {
        Self {
            name: seen.server.name(),
            base_url: &seen.address,
            models: seen.models.iter().map(|model| model.id.as_str()).collect(),
            hint: hints::to_use(seen),
        }
    }
}
