//! Opening the database: safe files, the right settings, damage set aside.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::{Connection, Transaction};

use super::connect::{connect, connect_to_read, is_damage};
use super::error::StoreError;
use super::files::{Files, Identity, io_error};
use super::owner::Owner;
use super::redact::Redactor;
use super::schema::{self, Found};

/// The run store, shared by the threads of this process and by other processes.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    files: Files,
    path: PathBuf,
    /// Absent for a store that is only read.
    identity: Option<Identity>,
    owner: OnceLock<Owner>,
    redactor: Redactor,
    journal: Journal,
    notices: Vec<String>,
}

/// How SQLite keeps a step whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// A write-ahead log: readers never wait for the writer.
    Wal,
    /// A rollback journal, where a write-ahead log does not work, as on network file systems.
    Delete,
}

impl Store {
    /// Opens the store in `folder`, making it when it is not there; `redactor` takes secrets out of
    /// everything that is written. A damaged database or another program's is moved aside, which
    /// [`Store::notices`] tells.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for the database of a later aldo, and others for a folder or a disk
    /// that does not let itself be written to.
    pub fn open(folder: &Path, redactor: Redactor) -> Result<Self, StoreError> {
        let files = Files::at(folder);
        files.secure()?;
        let path = files.database();
        let mut notices = Vec::new();
        let (connection, journal) = match ready(&path)? {
            Some(opened) => opened,
            None => set_up(&files, &path, &mut notices)?,
        };
        let identity = Identity::of(&path).map_err(|source| io_error("open", &path, source))?;
        Ok(Self {
            connection: Mutex::new(connection),
            files,
            path,
            identity: Some(identity),
            owner: OnceLock::new(),
            redactor,
            journal,
            notices,
        })
    }

    /// Opens the store in `folder` for reading; `None` when there is none. Works in a folder that
    /// may not be written to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_to_read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let files = Files::at(folder);
        let path = files.database();
        if !path.exists() {
            return Ok(None);
        }
        match Self::open(folder, Redactor::default()) {
            Err(StoreError::ReadOnly { .. } | StoreError::Io { .. }) => {}
            other => return other.map(Some),
        }
        let connection = connect_to_read(&path).map_err(|e| StoreError::from_sqlite(&path, e))?;
        Ok(Some(Self {
            connection: Mutex::new(connection),
            files,
            path,
            identity: None,
            owner: OnceLock::new(),
            redactor: Redactor::default(),
            journal: Journal::Delete,
            notices: Vec::new(),
        }))
    }

    /// Returns what the user should know about the opening, a sentence each.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Returns how a step is kept whole.
    pub fn journal(&self) -> Journal {
        self.journal
    }

    /// Returns the path of the database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `action` in one transaction, on disk when this returns; undone when it fails.
    pub(super) fn write<T>(
        &self,
        action: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.lock();
        // What is written to a file without a name is lost, and SQLite would not notice.
        if self.identity.is_some() && Identity::of(&self.path).ok() != self.identity {
            return Err(StoreError::Removed {
                path: self.path.clone(),
            });
        }
        let written = connection.transaction().and_then(|transaction| {
            let value = action(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        written.map_err(|source| StoreError::from_sqlite(&self.path, source))
    }

    /// Runs `action`, which only reads.
    pub(super) fn read<T>(
        &self,
        action: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        action(&self.lock()).map_err(|source| StoreError::from_sqlite(&self.path, source))
    }

    /// Returns the name under which this process lives, taking its lock the first time.
    pub(super) fn owner(&self) -> Result<&str, StoreError> {
        if self.owner.get().is_none() {
            // Of two threads that come here together one keeps its lock and the other drops it.
            let _ = self.owner.set(Owner::take(&self.files)?);
        }
        Ok(self
            .owner
            .get()
            .map(Owner::name)
            .expect("set above, and never taken away"))
    }

    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked has been undone, so the connection is as good as before.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a database that needs nothing done to it; `None` when something must be done first.
fn ready(path: &Path) -> Result<Option<(Connection, Journal)>, StoreError> {
    let opened = connect(path).and_then(|connection| {
        let found = schema::inspect(&connection)?;
        Ok((connection, found))
    });
    let (connection, found) = match opened {
        Ok(opened) => opened,
        Err(error) if is_damage(&error) => return Ok(None),
        Err(error) => return Err(StoreError::from_sqlite(path, error)),
    };
    match found {
        Found::Ours(version) if version == schema::VERSION => {
            let mode: String = connection
                .pragma_query_value(None, "journal_mode", |row| row.get(0))
                .map_err(|error| StoreError::from_sqlite(path, error))?;
            Ok((mode == "wal").then_some((connection, Journal::Wal)))
        }
        Found::Newer(found) => Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: schema::VERSION,
        }),
        Found::Ours(_) | Found::Empty | Found::Incomplete(_) | Found::Foreign => Ok(None),
    }
}

/// Creates, migrates or sets aside, while no other process does.
fn set_up(
    files: &Files,
    path: &Path,
    notices: &mut Vec<String>,
) -> Result<(Connection, Journal), StoreError> {
    let _lock = files.lock_setup()?;
    // Another process may have done it while this one waited for the lock.
    if let Some(opened) = ready(path)? {
        return Ok(opened);
    }
    if let Some((why, said)) = unusable(path)? {
        let moved = files.set_aside(why)?;
        notices.push(format!(
            "the run store `{}` {said}; it was moved to `{}` and a new one begun",
            path.display(),
            moved.display()
        ));
        files.secure()?;
    }
    let created = connect(path).and_then(create);
    created.map_err(|error| StoreError::from_sqlite(path, error))
}

/// Says why the database cannot be used, as part of a file name and as part of a sentence.
fn unusable(path: &Path) -> Result<Option<(&'static str, String)>, StoreError> {
    match connect(path).and_then(|connection| schema::inspect(&connection)) {
        Ok(Found::Foreign) => Ok(Some(("foreign", "belongs to another program".to_owned()))),
        Ok(Found::Incomplete(table)) => Ok(Some((
            "damaged",
            format!("is damaged: it has no table `{table}`"),
        ))),
        Ok(Found::Empty | Found::Ours(_) | Found::Newer(_)) => Ok(None),
        Err(error) if is_damage(&error) => Ok(Some(("damaged", format!("is damaged: {error}")))),
        Err(error) => Err(StoreError::from_sqlite(path, error)),
    }
}

fn create(mut connection: Connection) -> rusqlite::Result<(Connection, Journal)> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    let journal = if mode == "wal" {
        Journal::Wal
    } else {
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        Journal::Delete
    };
    let transaction = connection.transaction()?;
    schema::migrate(&transaction)?;
    transaction.commit()?;
    Ok((connection, journal))
}

#[cfg(test)]
mod tests;
