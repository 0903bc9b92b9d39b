//! The Hugging Face cache: where each thing is, in the layout of Python's library, and putting it there.
//!
//! `models--org--name/{blobs,refs,snapshots}`: a blob is called by its digest, a snapshot is a folder
//! of links to blobs, a ref is a file with a commit. Only checked names become paths here.

mod remove;
#[cfg(test)]
mod tests;
mod unfinished;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use hf_hub::{Cache, Repo};

use super::blob::BlobId;
use super::error::HubError;
use super::file_name::FileName;
use super::wanted::{RepositoryId, Revision};
use crate::folder::hugging_face_repository;
pub use remove::Removed;
pub use unfinished::Unfinished;

/// What the folder of a repository begins with.
const MODELS: &str = "models--";
/// What a file is called that is not complete.
const INCOMPLETE: &str = "incomplete";

/// A Hugging Face cache, whether it exists or not.
#[derive(Debug, Clone)]
pub struct HubCache {
    root: PathBuf,
}

/// Where a checkpoint in a cache came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The repository.
    pub repository: String,
    /// The commit.
    pub commit: String,
}

/// The part of a cache that belongs to one repository.
#[derive(Debug, Clone)]
pub(super) struct RepositoryCache {
    folder: PathBuf,
    locks: PathBuf,
}

impl HubCache {
    /// The cache in the folder `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the file or folder at `path` came from, when it stands in a snapshot of any cache.
    pub fn origin(path: &Path) -> Option<Origin> {
        let path = std::path::absolute(path).ok()?;
        let (snapshot, repository) = path
            .ancestors()
            .find_map(|it| Some((it, hugging_face_repository(it)?)))?;
        let name = repository.file_name()?.to_str()?.strip_prefix(MODELS)?;
        Some(Origin {
            repository: name.replacen("--", "/", 1),
            commit: snapshot.file_name()?.to_str()?.to_owned(),
        })
    }

    pub(super) fn repository(&self, id: &RepositoryId) -> RepositoryCache {
        let name = Repo::model(id.as_str().to_owned()).folder_name();
        RepositoryCache {
            folder: self.root.join(&name),
            locks: self.root.join(".locks").join(name),
        }
    }

    /// Where the snapshot of a commit is.
    pub(super) fn snapshot(&self, id: &RepositoryId, commit: &str) -> PathBuf {
        let repository = Cache::new(self.root.clone()).repo(Repo::model(id.as_str().to_owned()));
        repository.pointer_path(commit)
    }
}

impl RepositoryCache {
    /// Where the bytes of `id` are when they are complete and verified.
    pub(super) fn blob(&self, id: &BlobId) -> PathBuf {
        self.folder.join("blobs").join(id.as_str())
    }

    /// Where they are until then.
    pub(super) fn incomplete(&self, id: &BlobId) -> PathBuf {
        self.blob(id).with_extension(INCOMPLETE)
    }

    /// The file whose lock says who downloads `id`.
    pub(super) fn lock(&self, id: &BlobId) -> PathBuf {
        self.locks.join(format!("{id}.lock"))
    }

    /// Makes the folders that a download writes to.
    pub(super) fn prepare(&self) -> Result<(), HubError> {
        for folder in [&self.folder.join("blobs"), &self.locks] {
            fs::create_dir_all(folder).map_err(|error| HubError::io(folder, error))?;
        }
        Ok(())
    }

    /// Links the file `name` of `snapshot` to its blob.
    pub(super) fn link(snapshot: &Path, name: &FileName, id: &BlobId) -> Result<(), HubError> {
        let pointer = name.below(snapshot);
        // From the pointer up to the repository: the folders in the name, the commit, `snapshots`.
        let up = "../".repeat(name.as_str().split('/').count() + 1);
        let target = PathBuf::from(format!("{up}blobs/{id}"));
        if fs::read_link(&pointer).is_ok_and(|it| it == target) {
            return Ok(());
        }
        let folder = pointer.parent().unwrap_or(snapshot);
        fs::create_dir_all(folder).map_err(|error| HubError::io(folder, error))?;
        replace(&pointer, |beside| symlink(&target, beside))
    }

    /// Lets `revision` mean `commit`; a commit needs no name.
    pub(super) fn point(&self, revision: &Revision, commit: &str) -> Result<(), HubError> {
        if revision.as_str() == commit {
            return Ok(());
        }
        let place = self.folder.join("refs").join(revision.as_str());
        let folder = place.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|error| HubError::io(folder, error))?;
        replace(&place, |beside| fs::write(beside, commit))
    }

    /// Moves what is complete and verified to its place, so that a crash of the system leaves either.
    pub(super) fn publish(&self, id: &BlobId, file: &File) -> Result<(), HubError> {
        let (from, to) = (self.incomplete(id), self.blob(id));
        file.sync_all()
            .map_err(|error| HubError::io(&from, error))?;
        fs::rename(&from, &to).map_err(|error| HubError::io(&to, error))?;
        let folder = self.folder.join("blobs");
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| HubError::io(&folder, error))
    }
}

/// Makes something beside `place` and renames it there, so that nobody sees half of it.
fn replace(place: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), HubError> {
    let beside = place.with_extension(format!("{}.tmp", std::process::id()));
    let _ = fs::remove_file(&beside);
    let done = make(&beside).and_then(|()| fs::rename(&beside, place));
    done.map_err(|error| {
        let _ = fs::remove_file(&beside);
        HubError::io(place, error)
    })
}
