//! Writing a run: begun with its decision, a transaction a step, ended once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aldo_backends::Usage;
use rusqlite::{Transaction, params};

use super::entry::Entry;
use super::error::StoreError;
use super::id::RunId;
use super::insert::{insert_entries, insert_run, insert_usage, update_served_by};
use super::interrupted::mark_interrupted;
use super::open::Store;
use super::record::Status;

/// What is known about a run when it begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRun {
    /// The agent's name.
    pub agent: String,
    /// The agent's version.
    pub agent_version: String,
    /// The project it is started for.
    pub project: Option<String>,
    /// The privacy tier it runs at.
    pub privacy_tier: &'static str,
    /// The model that is to answer; nothing when none may.
    pub model: Option<String>,
    /// Who serves it.
    pub provider: Option<String>,
    /// Where it is served.
    pub locality: Option<&'static str>,
    /// The run that starts it.
    pub parent: Option<RunId>,
    /// The id of the run whose steps it goes on from.
    pub origin: Option<String>,
}

/// A run being written. Dropped without [`Run::finish`], it will be shown as interrupted once this
/// process has ended.
#[derive(Debug)]
pub struct Run {
    pub(super) store: Arc<Store>,
    pub(super) id: RunId,
    pub(super) number: i64,
    pub(super) started: Instant,
    /// How long it went on before it was taken up again.
    pub(super) before: Duration,
    pub(super) next_seq: i64,
    pub(super) next_step: i64,
}

/// What one step used, and on which model.
#[derive(Debug, Clone, PartialEq)]
pub struct StepUsage {
    /// Who served the model.
    pub provider: String,
    /// The model.
    pub model: String,
    /// What it took.
    pub usage: Usage,
    /// What it cost, in US dollars.
    pub usd: f64,
}

/// Who answers a run from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedBy {
    /// The model, where it is known.
    pub model: Option<String>,
    /// Who serves it.
    pub provider: String,
    /// Where it is served.
    pub locality: &'static str,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Where it stands from now on.
    pub status: Status,
    /// The name of the reason.
    pub stop: &'static str,
    /// A sentence about it, where the name does not say all.
    pub reason: Option<String>,
}

impl Store {
    /// Begins a run with its first entries, the decision before all others; they are on disk when
    /// this returns.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been written then.
    pub fn begin(self: &Arc<Self>, new: &NewRun, entries: &[Entry]) -> Result<Run, StoreError> {
        let id = RunId::now();
        let started = Instant::now();
        let owner = self.owner()?;
        let number = self.write(|transaction| {
            mark_interrupted(self, transaction)?;
            let number = insert_run(self, transaction, id, owner, new)?;
            insert_entries(self, transaction, number, 0, entries)?;
            Ok(number)
        })?;
        Ok(Run::begun(self, id, number, started, entries))
    }
}

impl Run {
    /// Begins a run that this one starts, with its first entries, and writes down here what `told` makes
    /// of its id; all or nothing, and on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been written then, in neither run.
    pub fn begin_below(
        &mut self,
        new: &NewRun,
        entries: &[Entry],
        told: impl FnOnce(RunId) -> Entry,
    ) -> Result<Self, StoreError> {
        let store = Arc::clone(&self.store);
        let id = RunId::now();
        let started = Instant::now();
        let owner = store.owner()?;
        let told = [told(id)];
        let number = store.write(|transaction| {
            let number = insert_run(&store, transaction, id, owner, new)?;
            insert_entries(&store, transaction, number, 0, entries)?;
            self.insert(transaction, &told, None)?;
            Ok(number)
        })?;
        self.next_seq += 1;
        Ok(Self::begun(&store, id, number, started, entries))
    }

    /// Returns a run that began with `entries`.
    fn begun(
        store: &Arc<Store>,
        id: RunId,
        number: i64,
        started: Instant,
        entries: &[Entry],
    ) -> Self {
        Self {
            store: Arc::clone(store),
            id,
            number,
            started,
            before: Duration::ZERO,
            next_seq: entries.len() as i64,
            next_step: 0,
        }
    }

    /// Returns its id.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Returns the store it is written to.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Returns when this process began with it, on the monotonic clock.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Returns how long it has gone on, on the monotonic clock, in all processes together.
    pub fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }

    /// Writes what a step added, all or nothing; it is on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the step has been written then.
    pub fn append(
        &mut self,
        entries: &[Entry],
        usage: Option<&StepUsage>,
    ) -> Result<(), StoreError> {
        self.store
            .write(|transaction| self.insert(transaction, entries, usage))?;
        self.next_seq += entries.len() as i64;
        self.next_step += i64::from(usage.is_some());
        Ok(())
    }

    /// Writes why the run goes on elsewhere and, where that is known, with whom, all or nothing; it is
    /// on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been written then.
    pub fn hand_over(
        &mut self,
        entries: &[Entry],
        served_by: Option<&ServedBy>,
    ) -> Result<(), StoreError> {
        self.store.write(|transaction| {
            self.insert(transaction, entries, None)?;
            match served_by {
                Some(served_by) => update_served_by(transaction, self.number, served_by),
                None => Ok(()),
            }
        })?;
        self.next_seq += entries.len() as i64;
        Ok(())
    }

    /// Writes what the last step added and how the run ended, all or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been written then, and the run is shown as interrupted once this
    /// process has ended.
    pub fn finish(
        &self,
        entries: &[Entry],
        usage: Option<&StepUsage>,
        ending: &Ending,
    ) -> Result<(), StoreError> {
        let stop = Entry::Stop {
            stop: ending.stop,
            reason: ending.reason.clone(),
        };
        let entries = [entries, &[stop]].concat();
        let elapsed_ms = self.elapsed().as_millis() as i64;
        let reason = ending
            .reason
            .as_ref()
            .map(|text| self.store.redactor().text(text));
        self.store.write(|transaction| {
            self.insert(transaction, &entries, usage)?;
            transaction
                .prepare_cached(
                    "UPDATE run SET status = ?2, stop = ?3, error = ?4, elapsed_ms = ?5
                     WHERE number = ?1",
                )?
                .execute(params![
                    self.number,
                    ending.status.as_str(),
                    ending.stop,
                    reason,
                    elapsed_ms
                ])?;
            Ok(())
        })
    }

    fn insert(
        &self,
        transaction: &Transaction<'_>,
        entries: &[Entry],
        usage: Option<&StepUsage>,
    ) -> rusqlite::Result<()> {
        insert_entries(
            &self.store,
            transaction,
            self.number,
            self.next_seq,
            entries,
        )?;
        // How long a run went on that is cut off is known up to its last step.
        transaction
            .prepare_cached("UPDATE run SET elapsed_ms = ?2 WHERE number = ?1")?
            .execute(params![self.number, self.elapsed().as_millis() as i64])?;
        match usage {
            Some(usage) => insert_usage(transaction, self.number, self.next_step, usage),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
