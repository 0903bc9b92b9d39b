//! The models in process, and the folders they are looked for in.

use std::path::Path;

use super::{Check, State};
use crate::commands::{Context, model};

/// Describes every model.
pub(super) fn checks(ctx: &Context) -> Vec<Check> {
    let folders = &ctx.config.folders;
    let registry = model::all(ctx).registry;
    let ids: Vec<_> = registry
        .candidates
        .iter()
        .map(|row| row.id.as_str())
        .collect();
    let usable = match ids.as_slice() {
        [] => Check::new("models", "usable", State::Fails, "none"),
        ids => Check::new("models", "usable", State::Works, ids.join(", ")),
    };
    let refused = registry.unavailable.into_iter();
    let refused = refused.map(|row| Check::new("models", row.what, State::Fails, row.reason));
    [
        folder("own folder", &folders.models),
        folder("Hugging Face", &folders.hub_cache),
        usable,
    ]
    .into_iter()
    .chain(refused)
    .collect()
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
