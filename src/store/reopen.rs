//! Going on with a run whose process has ended, or which stopped before it was done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Transaction, params};

use super::entry::Entry;
use super::error::StoreError;
use super::id::RunId;
use super::insert::{insert_entries, update_served_by};
use super::interrupted::mark_interrupted;
use super::open::Store;
use super::record::{RunRecord, Status};
use super::run::{Run, ServedBy};

/// Where a run stands that is to be gone on with.
struct Stands {
    status: String,
    elapsed_ms: Option<i64>,
    next_seq: i64,
    next_step: i64,
}

impl Store {
    /// Makes this process the one that goes on with `run`, after `entries` and with `served_by`, where
    /// somebody else is to answer; they are on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process goes on with it, and others; nothing has been
    /// written then.
    pub fn reopen(
        self: &Arc<Self>,
        run: &RunRecord,
        entries: &[Entry],
        served_by: Option<&ServedBy>,
    ) -> Result<Run, StoreError> {
        let in_use = || StoreError::InUse { id: run.id.clone() };
        let id = RunId::parse(&run.id).ok_or_else(|| StoreError::NotFound {
            asked: run.id.clone(),
        })?;
        let owner = self.owner()?;
        let stands = self.write(|transaction| {
            mark_interrupted(self, transaction)?;
            let stands = stands(transaction, run.number)?;
            if stands.status == Status::Running.as_str() {
                return Ok(None);
            }
            transaction.execute(
                "UPDATE run SET status = ?2, owner = ?3, stop = NULL, error = NULL WHERE number = ?1",
                params![run.number, Status::Running.as_str(), owner],
            )?;
            if let Some(served_by) = served_by {
                update_served_by(transaction, run.number, served_by)?;
            }
            insert_entries(self, transaction, run.number, stands.next_seq, entries)?;
            Ok(Some(stands))
        })?;
        let stands = stands.ok_or_else(in_use)?;
        let before = stands.elapsed_ms.unwrap_or(0).max(0);
        Ok(Run {
            store: Arc::clone(self),
            id,
            number: run.number,
            started: Instant::now(),
            before: Duration::from_millis(before as u64),
            next_seq: stands.next_seq + entries.len() as i64,
            next_step: stands.next_step,
        })
    }
}

fn stands(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<Stands> {
    transaction.query_row(
        "SELECT status, elapsed_ms,
                (SELECT coalesce(max(seq) + 1, 0) FROM event WHERE run = number),
                (SELECT coalesce(max(step) + 1, 0) FROM usage WHERE run = number)
         FROM run WHERE number = ?1",
        [number],
        |row| {
            Ok(Stands {
                status: row.get(0)?,
                elapsed_ms: row.get(1)?,
                next_seq: row.get(2)?,
                next_step: row.get(3)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use tempfile::TempDir;

    use super::super::{Ending, NewRun, Redactor, Which};
    use super::*;

    fn store(folder: &TempDir) -> Arc<Store> {
        Arc::new(Store::open(folder.path(), Redactor::default()).unwrap())
    }

    fn model() -> ServedBy {
        ServedBy {
            model: Some("other".to_owned()),
            provider: "candle".to_owned(),
            locality: "local",
        }
    }

    #[test]
    fn h3_a_run_that_goes_on_is_not_taken_up_a_second_time() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let run = store.begin(&NewRun::default(), &[]).unwrap();
        let record = store.find(&Which::Last).unwrap();
        let refused = store.reopen(&record, &[Entry::Resumed], Some(&model()));
        assert!(matches!(refused, Err(StoreError::InUse { .. })));
        assert!(store.events(&record).unwrap().events.is_empty());
        drop(run);
    }

    #[test]
    fn a_run_that_stopped_goes_on_after_its_last_entry() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let entries = [Entry::Decision(json!({})), Entry::Task(json!({}))];
        let run = store.begin(&NewRun::default(), &entries).unwrap();
        let ending = Ending {
            status: Status::Canceled,
            stop: "canceled",
            reason: None,
        };
        run.finish(&[], None, &ending).unwrap();
        let record = store.find(&Which::Last).unwrap();
        let mut again = store
            .reopen(&record, &[Entry::Resumed], Some(&model()))
            .unwrap();
        again.append(&[Entry::Task(json!({}))], None).unwrap();
        let record = store.find(&Which::Last).unwrap();
        assert_eq!(
            (record.status, record.stop.as_deref()),
            (Status::Running, None)
        );
        assert_eq!(record.model.as_deref(), Some("other"));
        let events = store.events(&record).unwrap();
        let kinds: Vec<&str> = events
            .events
            .iter()
            .map(|event| event.kind.as_str())
            .collect();
        assert_eq!(kinds, ["decision", "task", "stop", "resumed", "task"]);
        assert_eq!(events.broken, None);
    }
}
