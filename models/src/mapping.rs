//! Bytes of a file, mapped instead of read.
#![allow(unsafe_code)]

use std::fs::File;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use memmap2::Mmap;

use crate::error::ModelError;

/// The bytes of a checkpoint; a clone shares them.
#[derive(Debug, Clone)]
pub(crate) enum Bytes {
    /// A mapped file.
    Mapped(Arc<MappedFile>),
    /// Bytes inside the program.
    Static(&'static [u8]),
    /// Bytes in memory.
    Owned(Arc<[u8]>),
}

/// A file mapped for reading, with what it was when it was mapped.
#[derive(Debug)]
pub(crate) struct MappedFile {
    map: Mmap,
    path: PathBuf,
    modified: Option<SystemTime>,
}

impl Bytes {
    /// Maps the regular file at `path`.
    ///
    /// # Errors
    /// [`ModelError::NotACheckpoint`] when `path` is a folder, a pipe or a device (never opened, so
    /// that none can block), [`ModelError::Io`] when the system refuses.
    pub(crate) fn map(path: &Path) -> Result<Self, ModelError> {
        let io = |source| ModelError::io(path, source);
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(ModelError::not_a_checkpoint(path, "not a regular file"));
        }
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        // SAFETY: the mapping is read-only and private to this value. Another process may still change
        // the file below it: every value read from it is checked where it is read, `check_unchanged`
        // compares length and time after loading, and weights are copied out before they are used.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        if map.len() as u64 != metadata.len() {
            return Err(ModelError::Changed {
                path: path.to_owned(),
            });
        }
        let modified = metadata.modified().ok();
        Ok(Self::Mapped(Arc::new(MappedFile {
            map,
            path: path.to_owned(),
            modified,
        })))
    }

    /// Fails when the file is no longer what was mapped.
    ///
    /// # Errors
    /// [`ModelError::Changed`] when its length or modification time differ or it is gone.
    pub(crate) fn check_unchanged(&self) -> Result<(), ModelError> {
        let Self::Mapped(file) = self else {
            return Ok(());
        };
        let same = std::fs::metadata(&file.path).is_ok_and(|now| {
            now.len() == file.map.len() as u64 && now.modified().ok() == file.modified
        });
        if same {
            Ok(())
        } else {
            Err(ModelError::Changed {
                path: file.path.clone(),
            })
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(file) => &file.map,
            Self::Static(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}
