use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::place::Place;
use super::text::FILE_BYTES_MAX;
use super::{Changes, Writable};

/// Writes a text file, replacing what it held.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    path: String,
    /// The whole new text.
    content: String,
}

impl Changes for Arguments {
    fn change(&self, at: &Writable<'_>) -> Done {
        let inside = at.inside(&self.path)?;
        if self.content.len() as u64 > FILE_BYTES_MAX {
            return Err(Problem::failed("a text may have 16 MiB"));
        }
        Place::find_or_make(at.root, &inside)?.put(self.content.as_bytes())?;
        Ok(format!(
            "wrote {} bytes to `{}`",
            self.content.len(),
            inside.shown()
        ))
    }
}
