use std::fmt::Write as _;

use cap_std::fs::{Dir, DirEntry};
use rustix::fs::OFlags;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::Looks;
use super::inside::Inside;
use super::place::open;

/// How many entries are shown.
const ENTRIES_MAX: usize = 1000;

/// Lists the entries of a folder.
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
        let shown = inside.shown();
        let folder = open(root.dir(), inside.path(), OFlags::DIRECTORY);
        let folder = folder.map(|file| Dir::from_std_file(file.into_std()));
        let entries = folder.and_then(|folder| folder.entries());
        let entries = entries.map_err(|error| Problem::of_io(&shown, &error))?;
        let mut lines: Vec<String> = entries.flatten().map(|entry| line(&entry)).collect();
        lines.sort_unstable();
        let count = lines.len();
        lines.truncate(ENTRIES_MAX);
        if lines.is_empty() {
            return Ok("[the folder is empty]".to_owned());
        }
        let mut text = lines.join("\n");
        if count > ENTRIES_MAX {
            let left_out = count - ENTRIES_MAX;
            let _ = write!(text, "\n[{left_out} entries more are not shown]");
        }
        Ok(text)
    }
}

/// The name; `/` behind a folder, `@` behind a link, the size behind a file.
fn line(entry: &DirEntry) -> String {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    let name = name.escape_debug();
    match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => format!("{name}/"),
        Ok(metadata) if metadata.is_symlink() => format!("{name}@"),
        Ok(metadata) => format!("{name} ({} bytes)", metadata.len()),
        Err(_) => name.to_string(),
    }
}
