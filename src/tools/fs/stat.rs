use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::Looks;
use super::inside::Inside;

/// Says whether a path is a file or a folder, its size and when it changed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    path: String,
}

impl Looks for Arguments {
    fn path(&self) -> &str {
        &self.path
    }

    fn look(&self, root: &Root, inside: &Inside) -> Done {
        let metadata = root.dir().symlink_metadata(inside.path());
        let metadata = metadata.map_err(|error| Problem::of_io(&inside.shown(), &error))?;
        let what = if metadata.is_dir() {
            "folder".to_owned()
        } else if metadata.is_symlink() {
            "link".to_owned()
        } else if metadata.is_file() {
            format!("file of {} bytes", metadata.len())
        } else {
            "neither file nor folder".to_owned()
        };
        let changed = metadata.modified().ok();
        let changed = changed.and_then(|time| jiff::Timestamp::try_from(time.into_std()).ok());
        let changed = changed.map(|time| format!(", changed {time:.0}"));
        Ok(format!(
            "`{}`: {what}{}",
            inside.shown(),
            changed.unwrap_or_default()
        ))
    }
}
