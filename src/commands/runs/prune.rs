//! `aldo runs prune`.

use std::time::Duration;

use serde_json::json;

use super::super::{Context, store};
use crate::failure::Failure;
use crate::store::Keep;
use crate::ui::{Outcome, Page, plain, size};

/// What can be typed after `aldo runs prune`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Remove runs that began more than so many days ago, instead of `ALDO_RUNS_KEEP_DAYS`.
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Remove the first runs until all together take at most so many megabytes, instead of
    /// `ALDO_RUNS_MAX_MB`.
    #[arg(long, value_name = "MB")]
    larger_than: Option<u32>,
}

/// Removes what is not to be kept, and gives its room back to the disk.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let settings = store::keep(ctx)?;
    let keep = Keep {
        age_max: match args.older_than {
            Some(days) => Some(Duration::from_hours(24 * u64::from(days))),
            None => settings.age_max,
        },
        bytes_max: match args.larger_than {
            Some(megabytes) => Some(u64::from(megabytes) * 1_000_000),
            None => settings.bytes_max,
        },
    };
    let store = store::open(ctx)?;
    let pruned = store.prune(&keep)?;
    if pruned.runs > 0 {
        // The room is free for runs to come even where it cannot be given back.
        let _ = store.compact();
    }
    let mut page = Page::new();
    page.line([plain(format!(
        "{} runs removed, {} free again",
        pruned.runs,
        size::bytes(pruned.bytes)
    ))]);
    let document = json!({"removed": pruned.runs, "bytes": pruned.bytes});
    Ok(Outcome::new(&document, page))
}
