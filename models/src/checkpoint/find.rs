//! Checkpoints below a folder. One bad file costs one row.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::Checkpoint;
use super::open::{folder_id, has_extension, is_pickle, pickle};
use crate::error::ModelError;
use crate::folder;

/// How deep folders are searched.
const DEPTH_MAX: usize = 6;
/// The most rows.
const ROWS_MAX: usize = 10_000;
/// The most folders that are searched.
const FOLDERS_MAX: usize = 20_000;

/// The most snapshots of a repository.
const SNAPSHOTS_MAX: usize = 100;

type Row = (PathBuf, Result<Checkpoint, ModelError>);

/// Describes every checkpoint below `root`.
pub(super) fn find(root: &Path) -> Vec<Row> {
    let mut search = Search::default();
    search.folder(root, 0);
    search.places.sort();
    let mut rows = search.unreadable;
    let mut taken = HashMap::new();
    for path in search.places {
        let opened = describe(&path);
        if let Some(row) = with_own_id(path, opened, &mut taken) {
            rows.push(row);
        }
    }
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    rows
}

/// Opens one place. A panic is a defect of ours, and still costs one row only.
fn describe(path: &Path) -> Result<Checkpoint, ModelError> {
    if is_pickle(path) {
        return Err(pickle(path));
    }
    if let Some(parts) = split_parts(path) {
        let reason = format!("it is one of {parts} parts of a split file, join them first");
        return Err(ModelError::not_a_checkpoint(path, reason));
    }
    catch_unwind(AssertUnwindSafe(|| Checkpoint::open(path)))
        .unwrap_or_else(|_| Err(ModelError::not_a_checkpoint(path, "describing it failed")))
}

/// Makes ids unique: of two links to one file the second goes, of two files the second is called
/// after its folder too.
fn with_own_id(
    path: PathBuf,
    opened: Result<Checkpoint, ModelError>,
    taken: &mut HashMap<String, PathBuf>,
) -> Option<Row> {
    let Ok(mut checkpoint) = opened else {
        return Some((path, opened));
    };
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    if taken
        .get(&checkpoint.id)
        .is_some_and(|other| *other == target)
    {
        return None;
    }
    if taken.contains_key(&checkpoint.id) {
        let folder = path.parent().map(folder_id).unwrap_or_default();
        checkpoint.id = format!("{folder}/{}", checkpoint.id);
    }
    if taken.contains_key(&checkpoint.id) {
        return None;
    }
    taken.insert(checkpoint.id.clone(), target);
    Some((path, Ok(checkpoint)))
}

#[derive(Default)]
struct Search {
    places: Vec<PathBuf>,
    /// Folders that could not be listed.
    unreadable: Vec<Row>,
    /// Where the folders that were searched really are.
    searched: HashSet<PathBuf>,
}

impl Search {
    fn folder(&mut self, path: &Path, depth: usize) {
        let Ok(home) = path.canonicalize() else {
            return;
        };
        let known = !self.searched.insert(home);
        if known || depth > DEPTH_MAX || self.searched.len() > FOLDERS_MAX {
            return;
        }
        let mut names = match folder::file_names(path) {
            Ok(names) => names,
            Err(error) => return self.unreadable.push((path.to_owned(), Err(error))),
        };
        names.retain(|name| !name.starts_with('.'));
        self.files(path, &names);
        for name in &names {
            let inner = path.join(name);
            if !is_folder(&inner, depth) {
                continue;
            }
            if name.starts_with("models--") {
                self.repository(&inner, depth + 1);
            } else if !name.starts_with("datasets--") && !name.starts_with("spaces--") {
                self.folder(&inner, depth + 1);
            }
        }
    }

    /// Searches the snapshots of a repository: the one that `main` means, and of the others what that
    /// one does not have, such as another quantisation that was pulled before the repository changed.
    fn repository(&mut self, path: &Path, depth: usize) {
        let mut seen = HashSet::new();
        for snapshot in snapshots(path) {
            let start = self.places.len();
            self.folder(&snapshot, depth);
            let found = self.places.split_off(start);
            let is_new = |place: &PathBuf| {
                let name = place.strip_prefix(&snapshot).unwrap_or(place);
                seen.insert(name.to_owned())
            };
            self.places.extend(found.into_iter().filter(is_new));
        }
    }

    fn files(&mut self, path: &Path, names: &[String]) {
        let has = |extension: &str| {
            names
                .iter()
                .any(|name| has_extension(Path::new(name), extension))
        };
        if has("safetensors") {
            self.place(path.to_owned());
        }
        for name in names
            .iter()
            .filter(|name| has_extension(Path::new(name), "gguf"))
        {
            if !is_later_part(name) {
                self.place(path.join(name));
            }
        }
        let pickle = names.iter().find(|name| is_pickle(Path::new(name)));
        if let Some(name) = pickle.filter(|_| !has("safetensors") && !has("gguf")) {
            self.place(path.join(name));
        }
    }

    fn place(&mut self, path: PathBuf) {
        if self.places.len() < ROWS_MAX {
            self.places.push(path);
        }
    }
}

/// Links to folders are followed directly below the root only, so that a search ends soon.
fn is_folder(path: &Path, depth: usize) -> bool {
    let metadata = if depth == 0 {
        path.metadata()
    } else {
        path.symlink_metadata()
    };
    metadata.is_ok_and(|it| it.is_dir())
}

/// The snapshots of a repository: the one that `main` means first, then the last one and so on.
fn snapshots(repository: &Path) -> Vec<PathBuf> {
    let folder = repository.join("snapshots");
    let main = folder::read_text(&repository.join("refs"), "main", 256).ok();
    let main = main.map(|text| text.trim().to_owned());
    let mut names = folder::file_names(&folder).unwrap_or_default();
    names.sort_by_key(|name| main.as_ref() == Some(name));
    names.reverse();
    names.truncate(SNAPSHOTS_MAX);
    let paths = names.into_iter().map(|name| folder.join(name));
    paths.filter(|path| path.is_dir()).collect()
}

/// Of how many parts the file is the first, when its name says so.
fn split_parts(path: &Path) -> Option<u32> {
    let stem = path.file_stem()?.to_str()?;
    let (before, parts) = stem.rsplit_once("-of-")?;
    let (_, part) = before.rsplit_once('-')?;
    let _: u32 = part.parse().ok()?;
    parts
        .parse()
        .ok()
        .filter(|&parts| parts > 1 && has_extension(path, "gguf"))
}

/// Whether a file is the second or a later part of a split one.
fn is_later_part(name: &str) -> bool {
    let path = Path::new(name);
    split_parts(path).is_some() && !name.contains("-00001-of-")
}
