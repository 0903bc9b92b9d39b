//! `aldo models export`: a model in one file, for a machine without a network.

use std::path::PathBuf;

use aldo_models::{BundleSource, HubCache, export_bundle};
use serde_json::json;

use super::bundle;
use crate::commands::{Context, model};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, dim, plain, size, strong};

/// What can be typed after `aldo models export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model: an id from `aldo models ls`, or a path.
    #[arg(value_name = "ID|PATH")]
    model: String,
    /// The file to write; without it, the id with `.aldo.tar` in the working directory.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the bundle.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let id = checkpoint.id();
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.aldo.tar", id.replace('/', "--"))));
    let source = checkpoint.path().and_then(HubCache::origin);
    let source = source.map(|origin| BundleSource {
        repository: origin.repository,
        commit: origin.commit,
    });
    let written = {
        let mut transfer = ctx.ui.transfer(checkpoint.size_bytes());
        let mut tell =
            |progress: aldo_models::BundleProgress| transfer.set(progress.done_bytes, id);
        export_bundle(&checkpoint, source, &output, &mut tell)
    };
    let manifest = written.map_err(|error| bundle::failure(error, &output))?;
    let document = json!({"ok": true, "path": output, "manifest": manifest});
    let mut page = Page::new();
    page.line([
        plain("exported "),
        strong(id),
        plain(format!(
            " ({}) to {}",
            size::bytes(manifest.total_bytes()),
            output.display()
        )),
    ]);
    page.line([dim(format!(
        "on the other machine: aldo models import {}",
        output.display()
    ))]);
    Ok(Outcome::new(&document, page))
}
