//! Old runs make room: by age, and by the size of all of them together.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::error::StoreError;
use super::interrupted::mark_interrupted;
use super::open::Store;

/// What of the runs is kept. A run that goes on is always kept, and with it those it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// For so long after they began; without it age is no reason.
    pub age_max: Option<Duration>,
    /// As many of the latest as fit; without it size is no reason.
    pub bytes_max: Option<u64>,
}

/// What went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// How many runs that no other run started.
    pub runs: u64,
    /// Bytes of the database that are free again.
    pub bytes: u64,
}

/// Runs that no other run started and that have ended, the first one first, each with the bytes of
/// its entries and of those it started.
const ENDED: &str = "
WITH RECURSIVE tree (root, number) AS (
  SELECT number, number FROM run WHERE parent IS NULL
  UNION ALL
  SELECT tree.root, run.number FROM run JOIN tree ON run.parent = tree.number
)
SELECT root, coalesce(sum(length(CAST(body AS BLOB))), 0)
FROM tree LEFT JOIN event ON event.run = tree.number
WHERE root NOT IN (
  SELECT tree.root FROM tree JOIN run ON run.number = tree.number WHERE run.status = 'running'
)
GROUP BY root ORDER BY root";

impl Store {
    /// Removes the runs that are not to be kept; all or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has been removed then.
    pub fn prune(&self, keep: &Keep) -> Result<Pruned, StoreError> {
        self.prune_at(keep, Timestamp::now().as_millisecond())
    }

    /// The same, where there is anything to remove: asks first, which is quick, and writes only then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn prune_if_due(&self, keep: &Keep) -> Result<Pruned, StoreError> {
        let now_ms = Timestamp::now().as_millisecond();
        let (oldest_ms, bytes) = self.read(|connection| {
            let oldest = "SELECT coalesce(min(started_at_ms), ?1) FROM run
                          WHERE number = (SELECT min(number) FROM run)";
            let oldest_ms: i64 = connection.query_row(oldest, [now_ms], |row| row.get(0))?;
            Ok((oldest_ms, used_bytes(connection)?))
        })?;
        let too_old = keep
            .age_max
            .is_some_and(|age| oldest_ms < before(now_ms, age));
        let too_large = keep.bytes_max.is_some_and(|max| bytes > max);
        if too_old || too_large {
            return self.prune_at(keep, now_ms);
        }
        Ok(Pruned::default())
    }

    /// Gives the room of removed runs back to the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn compact(&self) -> Result<(), StoreError> {
        self.read(|connection| connection.execute_batch("VACUUM"))
    }

    fn prune_at(&self, keep: &Keep, now_ms: i64) -> Result<Pruned, StoreError> {
        self.write(|transaction| {
            mark_interrupted(self, transaction)?;
            let bytes_before = used_bytes(transaction)?;
            let mut runs = 0;
            if let Some(age) = keep.age_max {
                runs += remove_old(transaction, before(now_ms, age))?;
            }
            if let Some(max) = keep.bytes_max {
                runs += remove_large(transaction, max)?;
            }
            let bytes_after = used_bytes(transaction)?;
            Ok(Pruned {
                runs,
                bytes: bytes_before.saturating_sub(bytes_after),
            })
        })
    }
}

fn before(now_ms: i64, age: Duration) -> i64 {
    now_ms.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}

fn remove_old(transaction: &Transaction<'_>, before_ms: i64) -> rusqlite::Result<u64> {
    let began = "SELECT started_at_ms FROM run WHERE number = ?1";
    let mut removed = 0;
    for (number, _) in ended(transaction)? {
        let began_ms: i64 = transaction.query_row(began, [number], |row| row.get(0))?;
        if began_ms < before_ms {
            remove(transaction, number)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Removes the first runs until what is left takes no more than `bytes_max`.
fn remove_large(transaction: &Transaction<'_>, bytes_max: u64) -> rusqlite::Result<u64> {
    let mut removed = 0;
    loop {
        let excess = used_bytes(transaction)?.saturating_sub(bytes_max);
        let runs = ended(transaction)?;
        if excess == 0 || runs.is_empty() {
            return Ok(removed);
        }
        // Rows take more room than their text, so this is measured again.
        let mut freed = 0;
        for (number, bytes) in runs {
            if freed >= excess {
                break;
            }
            remove(transaction, number)?;
            removed += 1;
            freed += bytes.max(1);
        }
    }
}

fn remove(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    // What belongs to it, and the runs it started, go with it.
    transaction
        .prepare_cached("DELETE FROM run WHERE number = ?1")?
        .execute(params![number])?;
    Ok(())
}

fn ended(connection: &Connection) -> rusqlite::Result<Vec<(i64, u64)>> {
    let mut statement = connection.prepare_cached(ENDED)?;
    let rows = statement.query_map([], |row| {
        let bytes: i64 = row.get(1)?;
        Ok((row.get(0)?, bytes.max(0) as u64))
    })?;
    rows.collect()
}

/// Bytes of the database that hold something.
fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok(pages.max(0) as u64 * pragma("page_size")?.max(0) as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use serde_json::json;
    use tempfile::TempDir;

    use super::super::{Ending, Entry, NewRun, Redactor, Run, Status, Which};
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn store(folder: &TempDir) -> Arc<Store> {
        Arc::new(Store::open(folder.path(), Redactor::default()).unwrap())
    }

    fn begun(store: &Arc<Store>, parent: Option<&Run>) -> Run {
        let new = NewRun {
            parent: parent.map(Run::id),
            ..NewRun::default()
        };
        let entry = Entry::Decision(json!({"text": "x".repeat(20_000)}));
        store.begin(&new, &[entry]).unwrap()
    }

    fn end(run: &Run) {
        let ending = Ending {
            status: Status::Completed,
            stop: "completed",
            reason: None,
        };
        run.finish(&[], None, &ending).unwrap();
    }

    fn ids(store: &Store) -> Vec<String> {
        let runs = store.runs(None).unwrap().into_iter();
        runs.map(|run| run.id).collect()
    }

    #[test]
    fn old_runs_go_with_those_they_started_and_a_run_that_goes_on_stays() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let going_on = begun(&store, None);
        let parent = begun(&store, None);
        let child = begun(&store, Some(&parent));
        end(&child);
        end(&parent);
        let later = Timestamp::now().as_millisecond() + 2 * DAY.as_millis() as i64;
        let keep = Keep {
            age_max: Some(DAY),
            bytes_max: None,
        };
        let pruned = store.prune_at(&keep, later).unwrap();
        assert_eq!(pruned.runs, 1);
        assert!(pruned.bytes >= 40_000, "{pruned:?}");
        assert_eq!(ids(&store), [going_on.id().to_string()]);
        assert!(matches!(
            store.find(&Which::Id(child.id().to_string())),
            Err(StoreError::NotFound { .. })
        ));
        assert_eq!(store.prune_if_due(&keep).unwrap(), Pruned::default());
    }

    #[test]
    fn what_is_too_large_loses_its_first_runs() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let runs: Vec<Run> = (0..10).map(|_| begun(&store, None)).collect();
        runs.iter().for_each(end);
        let keep = Keep {
            age_max: None,
            bytes_max: Some(150_000),
        };
        let pruned = store.prune_if_due(&keep).unwrap();
        assert!((3..=7).contains(&pruned.runs), "{pruned:?}");
        let left = ids(&store);
        assert_eq!(left.first(), Some(&runs[9].id().to_string()));
        assert!(!left.contains(&runs[0].id().to_string()));
        assert_eq!(store.prune_if_due(&keep).unwrap(), Pruned::default());
        store.compact().unwrap();
    }
}
