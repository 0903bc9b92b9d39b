use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::Done;
use super::place::Place;
use super::{Changes, Writable};

/// Moves a file or a folder; never over another.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    from: String,
    /// New path below the root.
    to: String,
}

impl Changes for Arguments {
    fn change(&self, at: &Writable<'_>) -> Done {
        let (from, to) = (at.inside(&self.from)?, at.inside(&self.to)?);
        let place = Place::find(at.root, &from)?;
        place.move_to(&Place::find_or_make(at.root, &to)?)?;
        Ok(format!("moved `{}` to `{}`", from.shown(), to.shown()))
    }
}
