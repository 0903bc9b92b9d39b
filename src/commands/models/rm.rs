//! `aldo models rm`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::{Context, model};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, plain, size};

/// What can be typed after `aldo models rm`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model: an id from `aldo models ls`, or a path.
    #[arg(value_name = "ID|PATH")]
    model: String,
    /// Delete it without asking.
    #[arg(long, short)]
    yes: bool,
}

/// Deletes a checkpoint that is in aldo's own folder; what other programs keep is theirs.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let id = checkpoint.id();
    let Some(path) = checkpoint.path() else {
        return Err(Failure::usage(
            "model_built_in",
            format!("`{id}` is built in and stays"),
        ));
    };
    let path = own(&ctx.config.folders.models, path)?;
    let bytes = size::bytes(checkpoint.size_bytes());
    let question = format!("delete `{id}` ({bytes}, {})?", path.display());
    if !args.yes && !ctx.ui.confirm(&question) {
        return Err(
            Failure::usage("not_confirmed", format!("`{id}` was not deleted"))
                .hint("`--yes` deletes without asking"),
        );
    }
    let removed = if path.is_dir() {
        fs::remove_dir_all(&path)
    } else {
        fs::remove_file(&path)
    };
    removed.map_err(|error| {
        let message = format!("cannot delete `{}`", path.display());
        Failure::failed("not_deleted", message).because(error)
    })?;
    let document = json!({"id": id, "path": path, "sizeBytes": checkpoint.size_bytes()});
    let mut page = Page::new();
    page.line([plain(format!("deleted {id} ({bytes})"))]);
    Ok(Outcome::new(&document, page))
}

/// Returns the path inside `models`, links in between resolved; a link itself is what is deleted, not what it leads to.
fn own(models: &Path, path: &Path) -> Result<PathBuf, Failure> {
    let folder = path.parent().and_then(|parent| parent.canonicalize().ok());
    let path = match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        (None, _) | (_, None) => path.to_owned(),
    };
    let inside = models
        .canonicalize()
        .is_ok_and(|models| path.starts_with(&models) && path != models);
    if inside {
        return Ok(path);
    }
    let message = format!("`{}` is not in aldo's own folder", path.display());
    Err(Failure::usage("not_ours", message)
        .hint("delete it with the program that put it there, or by hand"))
}
