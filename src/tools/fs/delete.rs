use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::place::Place;
use super::{Changes, Writable};

/// Deletes a file or an empty folder.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    path: String,
}

impl Changes for Arguments {
    fn change(&self, at: &Writable<'_>) -> Done {
        let inside = at.inside(&self.path)?;
        Place::find(at.root, &inside)?.remove()?;
        Ok(format!("deleted `{}`", inside.shown()))
    }
}
