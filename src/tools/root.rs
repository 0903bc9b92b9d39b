//! The folders tools work in, held open, so that no name leads out of them.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// A folder that a tool works in and cannot leave: names are opened below its handle.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    dir: Dir,
}

/// The folders of each family of tools; a family without one is turned off.
#[derive(Debug, Default)]
pub struct Roots {
    /// `ALDO_FS_ROOT`: files that are only read.
    pub files: Option<Root>,
    /// `ALDO_FS_RW_ROOT`: files that are read and written.
    pub files_writable: Option<Root>,
    /// `ALDO_SHELL_ROOT`, where `ALDO_SHELL_ENABLED` is set.
    pub shell: Option<Root>,
    /// `ALDO_GIT_ROOT`, where `ALDO_GIT_ENABLED` is set.
    pub git: Option<Root>,
    /// `ALDO_MEMORY_ROOT`, where `ALDO_MEMORY_ENABLED` is set.
    pub memory: Option<MemoryRoot>,
}

/// The folder of notes, and whose notes they may be.
#[derive(Debug)]
pub struct MemoryRoot {
    /// The folder.
    pub root: Root,
    /// `ALDO_MEMORY_TENANTS`; nobody but the run's own project where it is empty.
    pub tenants: Vec<String>,
}

impl Root {
    /// Opens the folder at `path`.
    ///
    /// # Errors
    /// What the system says when it is no folder or cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        Ok(Self { path, dir })
    }

    /// Returns where it was when it was opened, for messages and for programs started in it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the handle that names are opened below.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }
}
