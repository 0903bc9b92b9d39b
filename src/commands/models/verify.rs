//! `aldo models verify`: the checksum of a checkpoint's files against the ones recorded for them.

use std::path::Path;

use aldo_models::Checkpoint;
use serde::Serialize;

use super::recorded::{self, Recorded};
use crate::commands::{Context, model};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, bad, dim, good, plain, warning};

/// What can be typed after `aldo models verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model: an id from `aldo models ls`, or a path.
    #[arg(value_name = "ID|PATH")]
    model: String,
}

#[derive(Serialize)]
struct Document {
    ok: bool,
    id: String,
    files: Vec<Row>,
    /// Configuration, tokenizer and template, as far as a digest is recorded for them.
    beside: Vec<Beside>,
}

/// A small file that belongs to the checkpoint.
#[derive(Serialize)]
struct Beside {
    path: String,
    recorded: String,
    found: String,
    matches: bool,
}

#[derive(Serialize)]
struct Row {
    path: String,
    sha256: String,
    recorded: Option<Recorded>,
    matches: Option<bool>,
}

/// Reads every byte of the files and compares.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let digests = checkpoint
        .file_sha256s()
        .map_err(|error| model::refused(Path::new(&args.model), error))?;
    let builtin = checkpoint.path().is_none();
    let files: Vec<_> = digests
        .into_iter()
        .map(|(path, sha256)| row((!builtin).then_some(path.as_path()), sha256))
        .collect();
    let beside = beside(&checkpoint, &args.model)?;
    let document = Document {
        ok: files.iter().all(|row| row.matches == Some(true))
            && beside.iter().all(|row| row.matches),
        id: checkpoint.id().to_owned(),
        files,
        beside,
    };
    let outcome = Outcome::new(&document, page(&document));
    Ok(match failure(&document) {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// The model inside the program was recorded when the program was built.
fn row(path: Option<&Path>, sha256: String) -> Row {
    let recorded = match path {
        Some(path) => recorded::of(path),
        None => Some(Recorded::builtin()),
    };
    let matches = recorded.as_ref().map(|recorded| recorded.sha256 == sha256);
    Row {
        path: path.map_or_else(|| "built in".to_owned(), |path| path.display().to_string()),
        sha256,
        recorded,
        matches,
    }
}

/// Compares the small files that a digest is recorded for: of any kind, since a cache knows them by git's.
fn beside(checkpoint: &Checkpoint, named: &str) -> Result<Vec<Beside>, Failure> {
    let refused = |error| model::refused(Path::new(named), error);
    let paths = checkpoint.companions().map_err(refused)?.into_iter();
    let known = paths.filter_map(|path| Some((recorded::digest(&path)?, path)));
    let rows = known.map(|(recorded, path)| {
        let found = recorded.of_file(&path).map_err(|error| {
            let message = format!("cannot read `{}`", path.display());
            Failure::usage("checkpoint_refused", message).because(error)
        })?;
        Ok(Beside {
            path: path.display().to_string(),
            recorded: recorded.to_string(),
            found: found.to_string(),
            matches: found == recorded,
        })
    });
    rows.collect()
}

fn page(document: &Document) -> Page {
    let mut page = Page::new();
    for row in &document.files {
        let verdict = match row.matches {
            Some(true) => good("matches"),
            Some(false) => bad("differs"),
            None => warning("nothing recorded"),
        };
        page.line([verdict, plain(format!("  {}", row.path))]);
        page.line([dim(format!("  sha256 {}", row.sha256))]);
        if let (Some(false), Some(recorded)) = (row.matches, &row.recorded) {
            page.line([dim(format!("  {} in {}", recorded.sha256, recorded.place))]);
        }
    }
    let good_ones = document.beside.iter().filter(|row| row.matches).count();
    if good_ones > 0 {
        let rest = format!("  {good_ones} more: configuration, tokenizer, template");
        page.line([good("matches"), plain(rest)]);
    }
    for row in document.beside.iter().filter(|row| !row.matches) {
        page.line([bad("differs"), plain(format!("  {}", row.path))]);
        page.line([dim(format!("  {} instead of {}", row.found, row.recorded))]);
    }
    page
}

fn failure(document: &Document) -> Option<Failure> {
    let differs = document
        .files
        .iter()
        .filter(|row| row.matches == Some(false));
    let beside = document.beside.iter().filter(|row| !row.matches);
    let mut differs = differs
        .map(|row| &row.path)
        .chain(beside.map(|row| &row.path));
    if let Some(path) = differs.next() {
        let message = format!("`{path}` is not what was recorded");
        return Some(
            Failure::failed("checksum_differs", message).hint("delete it and get it again"),
        );
    }
    let unknown = document.files.iter().find(|row| row.matches.is_none())?;
    let message = format!("no checksum is recorded for `{}`", unknown.path);
    Some(
        Failure::failed("checksum_unknown", message)
            .hint("put the publisher's line `<sha256>  <file name>` into `SHA256SUMS` beside it"),
    )
}
