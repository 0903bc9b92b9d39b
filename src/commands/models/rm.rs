//! `aldo models rm`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use aldo_models::HubCache;
use serde_json::json;

use crate::commands::{Context, model};
use crate::failure::Failure;
use crate::ui::{Outcome, Page, plain, size};

/// The list of digests that an import puts beside the files.
const SUMS: &str = "SHA256SUMS";

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

/// Deletes a checkpoint that is in aldo's own folder or in the Hugging Face cache; what other programs
/// keep elsewhere is theirs.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let checkpoint = model::find(ctx, &args.model)?;
    let id = checkpoint.id();
    let Some(path) = checkpoint.path() else {
        return Err(Failure::usage(
            "model_built_in",
            format!("`{id}` is built in and stays"),
        ));
    };
    let place = Place::of(ctx, path)?;
    let bytes = size::bytes(checkpoint.size_bytes());
    let question = format!("delete `{id}` ({bytes}, {})?", place.shown());
    if !args.yes && !ctx.ui.confirm(&question) {
        return Err(
            Failure::usage("not_confirmed", format!("`{id}` was not deleted"))
                .hint("`--yes` deletes without asking"),
        );
    }
    let freed = place.delete(checkpoint.size_bytes())?;
    let document = json!({"id": id, "path": place.path(), "sizeBytes": freed});
    let mut page = Page::new();
    page.line([plain(format!("deleted {id} ({})", size::bytes(freed)))]);
    Ok(Outcome::new(&document, page))
}

/// Where a checkpoint is that may be deleted.
enum Place {
    /// In aldo's own folder.
    Own(PathBuf),
    /// In the Hugging Face cache.
    Cache(HubCache, PathBuf),
}

impl Place {
    fn of(ctx: &Context, path: &Path) -> Result<Self, Failure> {
        let folders = &ctx.config.folders;
        let cache = HubCache::new(folders.hub_cache.clone());
        if cache.holds(path) {
            return Ok(Self::Cache(cache, path.to_owned()));
        }
        own(&folders.models, path).map(Self::Own)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Own(path) | Self::Cache(_, path) => path,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Own(path) => path.display().to_string(),
            Self::Cache(..) => "in the Hugging Face cache, which other programs share".to_owned(),
        }
    }

    /// Deletes it and returns how many bytes are free now.
    fn delete(&self, size_bytes: u64) -> Result<u64, Failure> {
        let failed = |path: &Path| {
            let message = format!("cannot delete `{}`", path.display());
            Failure::failed("not_deleted", message)
        };
        match self {
            Self::Own(path) => {
                delete_own(path).map_err(|error| failed(path).because(error))?;
                Ok(size_bytes)
            }
            Self::Cache(cache, path) => {
                let removed = cache.remove(path);
                Ok(removed.map_err(|error| failed(path).because(error))?.bytes)
            }
        }
    }
}

/// Deletes a file or a folder, and the folder an import made for it.
fn delete_own(path: &Path) -> io::Result<()> {
    if path.is_dir() && !path.is_symlink() {
        return fs::remove_dir_all(path);
    }
    fs::remove_file(path)?;
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let mut left = fs::read_dir(folder)?.filter_map(Result::ok);
    let only_sums =
        left.next().is_some_and(|entry| entry.file_name() == SUMS) && left.next().is_none();
    if only_sums {
        fs::remove_file(folder.join(SUMS))?;
        fs::remove_dir(folder)?;
    }
    Ok(())
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
    let message = format!(
        "`{}` is neither in aldo's own folder nor in the Hugging Face cache",
        path.display()
    );
    Err(Failure::usage("not_ours", message)
        .hint("delete it with the program that put it there, or by hand"))
}
