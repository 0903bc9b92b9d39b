//! Runs whose process ended before they did.

use rusqlite::{Connection, Transaction};

use super::error::StoreError;
use super::open::Store;
use super::owner::has_ended;

impl Store {
    /// Marks the runs whose process has ended without ending them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sweep(&self) -> Result<(), StoreError> {
        if self
            .read(|connection| dead_owners(self, connection))?
            .is_empty()
        {
            return Ok(());
        }
        self.write(|transaction| mark_interrupted(self, transaction))
    }
}

/// Returns the owners of running runs that live no more.
fn dead_owners(store: &Store, connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT owner FROM run WHERE status = 'running'")?;
    let mut owners: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    owners.retain(|owner| has_ended(store.files(), owner));
    Ok(owners)
}

/// Marks the runs of processes that live no more.
pub(super) fn mark_interrupted(
    store: &Store,
    transaction: &Transaction<'_>,
) -> rusqlite::Result<()> {
    for owner in dead_owners(store, transaction)? {
        transaction.execute(
            "UPDATE run SET status = 'interrupted' WHERE status = 'running' AND owner = ?1",
            [&owner],
        )?;
    }
    Ok(())
}
