//! The models in process, and the folders they are looked for in.

use std::path::Path;

use super::{Check, State};
use crate::candidate::{Registry, Source, Unavailable, UnavailableKind};
use crate::commands::Context;
use crate::config::without_secrets;
use crate::failure::Failure;

/// Describes the models in process, and what cannot be one; `wrong` is the catalogue that cannot be read.
pub(super) fn checks(ctx: &Context, registry: &Registry, wrong: Option<&Failure>) -> Vec<Check> {
    let folders = &ctx.config.folders;
    let in_process = registry.candidates.iter();
    let in_process = in_process.filter(|row| row.source.is_in_process());
    let ids: Vec<_> = in_process.map(|row| row.id.as_str()).collect();
    let usable = match ids.as_slice() {
        [] => Check::new("models", "usable", State::Fails, "none"),
        ids => Check::new("models", "usable", State::Works, ids.join(", ")),
    };
    let wrong = wrong.map(|wrong| Check::new("catalog", "file", State::Fails, wrong.sentence()));
    [
        folder("own folder", &folders.models),
        folder("Hugging Face", &folders.hub_cache),
        usable,
    ]
    .into_iter()
    .chain(registry.unavailable.iter().filter_map(unavailable))
    .chain(catalogued(registry))
    .chain(wrong)
    .collect()
}

fn unavailable(row: &Unavailable) -> Option<Check> {
    let (about, state) = match row.kind {
        UnavailableKind::Checkpoint => ("models", State::Fails),
        UnavailableKind::Catalog => ("catalog", State::Warns),
        UnavailableKind::Runtime => return None,
    };
    Some(Check::new(about, &row.what, state, &row.reason))
}

fn catalogued(registry: &Registry) -> impl Iterator<Item = Check> {
    registry
        .candidates
        .iter()
        .filter_map(|row| match &row.source {
            Source::Catalog(service) => {
                let says = format!("{}, {}", without_secrets(&service.base_url), row.locality);
                Some(Check::new("catalog", &row.id, State::Works, says))
            }
            Source::Builtin | Source::Checkpoint(_) | Source::Runtime { .. } => None,
        })
}

fn folder(name: &str, path: &Path) -> Check {
    let says = path.display().to_string();
    match path.metadata().and_then(|_| path.read_dir()) {
        Ok(_) => Check::new("models", name, State::Works, says),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Check::new("models", name, State::Absent, says)
        }
        Err(error) => Check::new("models", name, State::Fails, format!("{says}: {error}")),
    }
}
