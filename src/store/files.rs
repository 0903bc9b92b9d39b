//! The files of the store: a folder for its owner alone, the database, locks.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::StoreError;

/// Where the store's files are.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

/// Which file a path led to; another file under the same name has another identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Files {
    /// Names the files of the store in `folder`, which need not exist.
    pub(super) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Returns the path of the database.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("runs.db")
    }

    /// Returns the path of the lock that a live process holds under the name `owner`.
    pub(super) fn owner(&self, owner: Uuid) -> PathBuf {
        self.owners().join(owner.hyphenated().to_string())
    }

    /// Returns the folder of those locks.
    pub(super) fn owners(&self) -> PathBuf {
        self.folder.join("owners")
    }

    /// Makes the folders and the database file, and takes from others the right to read them.
    pub(super) fn secure(&self) -> Result<(), StoreError> {
        for folder in [self.folder.clone(), self.owners()] {
            create_private_folder(&folder)
                .and_then(|()| restrict(&folder, 0o700))
                .map_err(|source| io_error("create", &folder, source))?;
        }
        let database = self.database();
        // SQLite gives its own extra files the permissions of the database.
        open_private(&database)
            .and_then(|_| restrict(&database, 0o600))
            .map_err(|source| match source.kind() {
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    StoreError::ReadOnly {
                        path: database.clone(),
                    }
                }
                _ => io_error("open", &database, source),
            })
    }

    /// Waits for the right to create, migrate or move the database; it ends with the returned file.
    pub(super) fn lock_setup(&self) -> Result<File, StoreError> {
        let path = self.folder.join("setup.lock");
        let file = open_private(&path).map_err(|source| io_error("open", &path, source))?;
        match file.lock() {
            Ok(()) => Ok(file),
            // Some network file systems have no locks; SQLite's own then have to do.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
            Err(source) => Err(io_error("lock", &path, source)),
        }
    }

    /// Moves the database and what belongs to it to a name that says `why`, and returns that name.
    pub(super) fn set_aside(&self, why: &str) -> Result<PathBuf, StoreError> {
        let database = self.database();
        let moved = self.unused_name(why);
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let from = with_suffix(&database, suffix);
            match fs::rename(&from, with_suffix(&moved, suffix)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(io_error("move", &from, source)),
            }
        }
        Ok(moved)
    }

    fn unused_name(&self, why: &str) -> PathBuf {
        let names = (1..).map(|count| self.folder.join(format!("runs.db.{why}-{count}")));
        names
            .into_iter()
            .find(|path| !path.exists())
            .expect("the numbers do not end")
    }
}

impl Identity {
    /// Returns the identity of the file at `path`.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

/// Opens or makes a file that only its owner may read.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

pub(super) fn io_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::StorageFull {
        return StoreError::Full { path };
    }
    StoreError::Io {
        action,
        path,
        source,
    }
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Takes away every permission that is not in `mode`.
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    let current = fs::metadata(path)?.permissions().mode() & 0o7777;
    if current & !mode == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(current & mode))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
