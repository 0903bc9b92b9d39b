//! Deleting a checkpoint from a cache: its links, and the blobs that nothing else links to.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::HubCache;
use crate::folder::hugging_face_repository;
use crate::hub::error::HubError;

/// How deep a snapshot is searched.
const DEPTH_MAX: usize = 10;

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The bytes that are free now.
    pub bytes: u64,
    /// How many files were deleted, links not counted.
    pub files: usize,
}

impl HubCache {
    /// Whether `path` is a checkpoint of this cache that [`HubCache::remove`] can delete.
    pub fn holds(&self, path: &Path) -> bool {
        self.place(path).is_some()
    }

    /// Deletes the snapshot, or the file of a snapshot, at `path`, with the blobs that nothing else in
    /// its repository links to; the repository goes with its last snapshot.
    ///
    /// # Errors
    /// [`HubError::NotCached`] for what is not in this cache, [`HubError::Io`].
    pub fn remove(&self, path: &Path) -> Result<Removed, HubError> {
        let not_cached = || HubError::NotCached {
            path: path.to_owned(),
        };
        let place = self.place(path).ok_or_else(not_cached)?;
        let links = files_below(&place.path, 0);
        let blobs: HashSet<PathBuf> = links
            .iter()
            .filter_map(|link| link.canonicalize().ok())
            .collect();
        delete(&place.path)?;
        prune(&place.path, &place.snapshots);
        let kept = files_below(&place.snapshots, 0);
        let kept: HashSet<PathBuf> = kept
            .iter()
            .filter_map(|link| link.canonicalize().ok())
            .collect();
        let mut removed = Removed { bytes: 0, files: 0 };
        let home = place.repository.join("blobs").canonicalize().ok();
        for blob in blobs.difference(&kept) {
            // A link that leaves the repository leads to what is not the cache's to delete.
            if home.as_ref().is_some_and(|home| blob.starts_with(home)) {
                removed.bytes += fs::metadata(blob).map_or(0, |it| it.len());
                removed.files += 1;
                fs::remove_file(blob).map_err(|error| HubError::io(blob, error))?;
            }
        }
        if files_below(&place.snapshots, 0).is_empty() {
            delete(&place.repository)?;
        } else {
            forget(&place.repository.join("refs"), &place.snapshots, 0);
        }
        Ok(removed)
    }

    fn place(&self, path: &Path) -> Option<Place> {
        let root = self.root.canonicalize().ok()?;
        // The last link is what is deleted, not what it leads to.
        let path = path.parent()?.canonicalize().ok()?.join(path.file_name()?);
        let repository = path.ancestors().find_map(hugging_face_repository)?;
        let snapshots = repository.join("snapshots");
        (repository.parent() == Some(&root) && path != snapshots).then(|| Place {
            repository: repository.to_owned(),
            snapshots,
            path: path.clone(),
        })
    }
}

/// Something in a snapshot of a repository of the cache.
struct Place {
    repository: PathBuf,
    snapshots: PathBuf,
    path: PathBuf,
}

/// The files and links below `path`, or `path` when it is one.
fn files_below(path: &Path, depth: usize) -> Vec<PathBuf> {
    let is_folder = path.symlink_metadata().is_ok_and(|it| it.is_dir());
    if !is_folder || depth > DEPTH_MAX {
        return path
            .symlink_metadata()
            .map(|_| vec![path.to_owned()])
            .unwrap_or_default();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| files_below(&entry.path(), depth + 1))
        .collect()
}

fn delete(path: &Path) -> Result<(), HubError> {
    let is_folder = path.symlink_metadata().is_ok_and(|it| it.is_dir());
    let deleted = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    deleted.map_err(|error| HubError::io(path, error))
}

/// Removes the folders above `path`, up to `top`, that nothing is left in.
fn prune(path: &Path, top: &Path) {
    for folder in path
        .ancestors()
        .skip(1)
        .take_while(|it| it.starts_with(top) && *it != top)
    {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Removes the refs whose snapshot is gone.
fn forget(refs: &Path, snapshots: &Path, depth: usize) {
    for entry in fs::read_dir(refs).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|it| it.is_dir()) && depth < DEPTH_MAX {
            forget(&path, snapshots, depth + 1);
        } else if let Ok(commit) = fs::read_to_string(&path)
            && !snapshots.join(commit.trim()).exists()
        {
            let _ = fs::remove_file(&path);
        }
    }
}
