//! `aldo models pull`: a model from the hub into the Hugging Face cache, verified.

use aldo_models::{Checkpoint, Found, Hub, Pulled, Wanted};
use serde_json::{Value, json};

use super::fit::{self, CONTEXT_TOKENS, Fit, Verdict};
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::{Outcome, Page, dim, plain, size, strong};

mod failure;
mod options;

/// What can be typed after `aldo models pull`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The repository, with a quantisation or a file after `:` and a branch, tag or commit after `@`.
    #[arg(value_name = "REPO[:QUANT][@REVISION]")]
    model: String,
    /// The length of the conversation that should fit, in tokens.
    #[arg(long, value_name = "TOKENS", default_value_t = CONTEXT_TOKENS)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    context: u64,
    /// Show what would be pulled and whether it fits, and pull nothing.
    #[arg(long)]
    dry_run: bool,
    /// Pull it even though it does not fit this machine, without asking.
    #[arg(long, short)]
    yes: bool,
}

/// Pulls a model; shows first what it is and whether it fits.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let wanted: Wanted = args
        .model
        .parse()
        .map_err(|error| failure::of(error, &args.model))?;
    let failed = |error| failure::of(error, &args.model);
    let mut hub = Hub::new(options::of(ctx)?).map_err(failed)?;
    let found = hub.find(&wanted).map_err(failed)?;
    announce(ctx, &found);
    let checkpoint = {
        let _waiting = ctx.ui.waiting("reading its header, to see whether it fits");
        hub.preview(&found).map_err(failed)?
    };
    let fit = fit::of(&checkpoint, args.context, None);
    ctx.ui.note(&fit::sentence(&fit));
    if args.dry_run {
        return Ok(Outcome::new(&document(&found, &fit, None), planned(&found)));
    }
    agree(ctx, args, &found, &fit)?;
    let pulled = {
        let mut transfer = ctx.ui.transfer(found.choice.size_bytes());
        let pulled = hub.pull(&found, &mut |progress| {
            let waiting = if progress.waiting {
                " (another process pulls it)"
            } else {
                ""
            };
            transfer.set(progress.done_bytes, &format!("{}{waiting}", progress.file));
        });
        pulled.map_err(failed)?
    };
    let id = id(&pulled)?;
    let document = document(&found, &fit, Some((&pulled, &id)));
    Ok(Outcome::new(&document, done(&found, &pulled, &id)))
}

/// Says what there is before anything large is fetched.
fn announce(ctx: &Context, found: &Found) {
    let (wanted, choice) = (&found.wanted, &found.choice);
    let files = match choice.files.as_slice() {
        [file] => file.name.to_string(),
        files => format!("{} files", files.len()),
    };
    let short = &found.commit[..7];
    ctx.ui.note(&format!(
        "{}@{} ({short}), {}: {files}, {}",
        wanted.repository,
        wanted.revision,
        choice.label,
        size::bytes(choice.size_bytes())
    ));
    if found.left_out > 0 && ctx.ui.verbose() > 0 {
        let count = found.left_out;
        ctx.ui.warn(&format!(
            "{count} files of the repository are left out: their names or digests cannot be used"
        ));
    }
}

/// Asks where it does not fit and somebody can answer; otherwise it is refused.
fn agree(ctx: &Context, args: &Args, found: &Found, fit: &Fit) -> Result<(), Failure> {
    if fit.verdict != Verdict::TooLarge || args.yes {
        return Ok(());
    }
    let size = size::bytes(found.choice.size_bytes());
    if ctx.ui.confirm(&format!(
        "pull {size} although it does not fit this machine?"
    )) {
        return Ok(());
    }
    let message = format!(
        "`{}` was not pulled: it does not fit this machine",
        args.model
    );
    Err(Failure::refused("does_not_fit", message)
        .hint("name a smaller quantisation after `:`")
        .hint("`--yes` pulls it anyway, for another machine"))
}

/// The id it can be named by from now on.
fn id(pulled: &Pulled) -> Result<String, Failure> {
    let opened = Checkpoint::open(&pulled.path);
    let opened = opened.map_err(|error| crate::commands::model::refused(&pulled.path, error))?;
    Ok(opened.id().to_owned())
}

fn document(found: &Found, fit: &Fit, pulled: Option<(&Pulled, &String)>) -> Value {
    let fetched = |name: &str| {
        let (pulled, _) = pulled?;
        let row = pulled
            .files
            .iter()
            .find(|(file, _)| file.name.as_str() == name)?;
        Some(row.1)
    };
    let files = found.choice.files.iter().map(|file| {
        json!({
            "name": file.name.as_str(),
            "sizeBytes": file.size_bytes,
            "digest": file.blob.as_str(),
            "fetchedBytes": fetched(file.name.as_str()),
        })
    });
    json!({
        "ok": true,
        "pulled": pulled.is_some(),
        "id": pulled.map(|(_, id)| id),
        "path": pulled.map(|(pulled, _)| pulled.path.display().to_string()),
        "repository": found.wanted.repository.as_str(),
        "revision": found.wanted.revision.as_str(),
        "commit": found.commit,
        "quantization": found.choice.label,
        "sizeBytes": found.choice.size_bytes(),
        "files": files.collect::<Vec<_>>(),
        "fit": fit,
    })
}

fn planned(found: &Found) -> Page {
    let mut page = Page::new();
    page.table(
        ["file", "size", "digest"],
        found.choice.files.iter().map(|file| {
            [
                strong(file.name.as_str()),
                plain(size::bytes(file.size_bytes)),
                dim(file.blob.as_str()),
            ]
        }),
    );
    page
}

fn done(found: &Found, pulled: &Pulled, id: &str) -> Page {
    let fetched: u64 = pulled.files.iter().map(|(_, bytes)| bytes).sum();
    let size = size::bytes(found.choice.size_bytes());
    let verb = if fetched == 0 {
        "already here:"
    } else {
        "pulled"
    };
    let mut page = Page::new();
    page.line([
        plain(verb),
        plain(" "),
        strong(id),
        plain(format!(" ({size}, digests verified)")),
    ]);
    page.line([dim(format!("to use it: aldo run hello --model {id}"))]);
    page
}
