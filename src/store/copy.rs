//! Runs that repeat steps of other runs.

use rusqlite::params;

use super::entry::Entry;
use super::error::StoreError;
use super::id::RunId;
use super::insert::{insert_entries, insert_run};
use super::open::Store;
use super::record::Status;
use super::run::NewRun;

/// A run that repeats steps of another one.
#[derive(Debug)]
pub struct Copied {
    /// Its id.
    pub id: RunId,
    /// What is known about it.
    pub new: NewRun,
    /// Where it stands.
    pub status: Status,
    /// The name of the reason it stopped.
    pub stop: Option<String>,
    /// The steps.
    pub entries: Vec<Entry>,
}

impl Store {
    /// Writes runs down that repeat others, those that start others first; all or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been written then.
    pub fn copy(&self, runs: &[Copied]) -> Result<(), StoreError> {
        let owner = self.owner()?;
        self.write(|transaction| {
            for run in runs {
                let number = insert_run(self, transaction, run.id, owner, &run.new)?;
                insert_entries(self, transaction, number, 0, &run.entries)?;
                transaction
                    .prepare_cached("UPDATE run SET status = ?2, stop = ?3 WHERE number = ?1")?
                    .execute(params![number, run.status.as_str(), run.stop])?;
            }
            Ok(())
        })
    }
}
