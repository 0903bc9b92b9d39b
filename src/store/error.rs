//! Why the run store cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::read::Which;

/// Why the run store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder of the store cannot be made, locked or moved.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A later version of aldo has written the database.
    #[error(
        "the run store `{}` has version {found}, and this aldo knows versions up to {known}",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// The database may be read and not written.
    #[error("the run store `{}` cannot be written to", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// The disk has no room for another step.
    #[error("no room is left on the disk for the run store `{}`", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// Another process has been writing for longer than this one waits.
    #[error("the run store `{}` is held by another process", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The database is damaged.
    #[error("the run store `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The database was moved or deleted while in use.
    #[error("the run store `{}` was removed while in use", path.display())]
    Removed {
        /// The database.
        path: PathBuf,
    },
    /// Anything else that SQLite says.
    #[error("cannot use the run store `{}`", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// Another process goes on with the run.
    #[error("the run `{id}` is going on in another process")]
    InUse {
        /// The run.
        id: String,
    },
    /// No run goes by this name.
    #[error("no run `{asked}`")]
    NotFound {
        /// What was asked for, made printable.
        asked: String,
    },
    /// Several runs go by this name.
    #[error("`{asked}` could be {count} runs")]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// How many runs start like this.
        count: usize,
    },
}

impl StoreError {
    /// Sorts what SQLite says about the database at `path`.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { path }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged {
                path,
                reason: source.to_string(),
            },
            _ => Self::Sqlite { path, source },
        }
    }

    /// Makes the error for a run that is not there.
    pub(crate) fn not_found(which: &Which) -> Self {
        Self::NotFound {
            asked: which.shown(),
        }
    }

    /// Returns the fixed word scripts read.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store_io",
            Self::Newer { .. } => "store_newer",
            Self::ReadOnly { .. } => "store_read_only",
            Self::Full { .. } => "store_full",
            Self::Busy { .. } => "store_busy",
            Self::Damaged { .. } => "store_damaged",
            Self::Removed { .. } => "store_removed",
            Self::Sqlite { .. } => "store",
            Self::InUse { .. } => "run_in_use",
            Self::NotFound { .. } => "run_not_found",
            Self::Ambiguous { .. } => "run_ambiguous",
        }
    }

    /// Returns what to do about it, if anything is known to help.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Newer { .. } => {
                Some("use the aldo that wrote it, or name another folder in `ALDO_HOME`".to_owned())
            }
            Self::Io { .. } | Self::ReadOnly { .. } => {
                Some("name a folder you may write to in `ALDO_HOME`".to_owned())
            }
            Self::InUse { .. } => {
                Some("wait for it, or stop it there; `aldo runs ls` says how it stands".to_owned())
            }
            Self::Full { .. } => Some("free some space, then run again".to_owned()),
            Self::Damaged { path, .. } | Self::Sqlite { path, .. } => Some(format!(
                "move `{}` away, the next run starts a new one",
                path.display()
            )),
            Self::NotFound { .. } => Some("`aldo runs ls` lists the runs".to_owned()),
            Self::Ambiguous { .. } => Some("give more of the id".to_owned()),
            Self::Busy { .. } | Self::Removed { .. } => None,
        }
    }
}
