//! Whether the process that began a run still lives.
//!
//! A process holds a file lock for as long as it lives; the system takes it back however the
//! process ends, and unlike a process number a lock is never given to another program.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::error::StoreError;
use super::files::{Files, io_error, open_private};

/// The lock of this process.
#[derive(Debug)]
pub(super) struct Owner {
    name: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Takes a lock under a new name, and removes those that ended processes left behind.
    pub(super) fn take(files: &Files) -> Result<Self, StoreError> {
        // Nobody else makes a lock now, so one that is not held will not be.
        let _setup = files.lock_setup()?;
        remove_dead(files);
        let name = Uuid::now_v7();
        let path = files.owner(name);
        let lock = open_private(&path).map_err(|source| io_error("create", &path, source))?;
        match lock.lock() {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(source) => return Err(io_error("lock", &path, source)),
        }
        Ok(Self {
            name: name.hyphenated().to_string(),
            path,
            _lock: lock,
        })
    }

    /// Returns its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // A file left behind is harmless: nobody holds its lock.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the process that took the lock `name` has ended.
pub(super) fn has_ended(files: &Files, name: &str) -> bool {
    let Some(path) = lock_path(files, name) else {
        return true;
    };
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    // Shared, so that two who ask at once do not take each other for the owner.
    match file.try_lock_shared() {
        Ok(()) => true,
        // Where locks do not work nobody can tell; a run is not declared dead on a guess.
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn remove_dead(files: &Files) {
    // What stays is harmless: nobody holds it.
    for entry in fs::read_dir(files.owners()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if lock_path(files, &name).is_some() && has_ended(files, &name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

// The name comes out of the database, so it must not lead out of the folder.
fn lock_path(files: &Files, name: &str) -> Option<PathBuf> {
    Uuid::try_parse(name).ok().map(|name| files.owner(name))
}
