//! One process downloads a blob. The lock is the system's: it goes when its holder does, however.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::error::HubError;

/// Held until it is dropped. Python's library locks the same file in the same way.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the file at `path`; `None` while somebody else holds it.
    pub(super) fn take(path: &Path) -> Result<Option<Self>, HubError> {
        let io = |error| HubError::io(path, error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn f05_a_lock_is_held_once_and_freed_by_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let held = Lock::take(&path).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::take(&path).unwrap().is_some());
    }
}
