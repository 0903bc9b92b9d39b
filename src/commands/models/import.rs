//! `aldo models import`: a model out of a bundle, checked against its manifest.

use std::path::PathBuf;

use aldo_models::import_bundle;
use serde_json::json;

use super::bundle;
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::{Outcome, Page, dim, plain, size, strong};

/// What can be typed after `aldo models import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The bundle that `aldo models export` wrote.
    #[arg(value_name = "FILE")]
    bundle: PathBuf,
}

/// Puts the model into aldo's own folder.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let total_bytes = args.bundle.metadata().map_or(0, |it| it.len());
    let imported = {
        let mut transfer = ctx.ui.transfer(total_bytes);
        let mut tell =
            |progress: aldo_models::BundleProgress| transfer.set(progress.done_bytes, "");
        import_bundle(&args.bundle, &ctx.config.folders.models, &mut tell)
    };
    let imported = imported.map_err(|error| bundle::failure(error, &args.bundle))?;
    let (id, manifest) = (imported.checkpoint.id(), &imported.manifest);
    let document = json!({
        "ok": true,
        "id": id,
        "path": imported.checkpoint.path(),
        "manifest": manifest,
    });
    let mut page = Page::new();
    page.line([
        plain("imported "),
        strong(id),
        plain(format!(
            " ({}, digests verified)",
            size::bytes(manifest.total_bytes())
        )),
    ]);
    page.line([dim(format!("to use it: aldo run hello --model {id}"))]);
    Ok(Outcome::new(&document, page))
}
