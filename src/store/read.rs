//! Reading runs back.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::error::StoreError;
use super::open::Store;
use super::owner::has_ended;
use super::record::{EventRecord, RunRecord, Status, UsageRecord};

/// The longest name of a run that an error repeats, in characters.
const ASKED_CHARS_MAX: usize = 64;

/// Which run is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one begun last.
    Last,
    /// The one whose id starts like this.
    Id(String),
}

/// The events of a run, as far as they can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// In order, from 0, up to the first gap.
    pub events: Vec<EventRecord>,
    /// What is wrong after them.
    pub broken: Option<String>,
}

const COLUMNS: &str = "run.number, id, agent, agent_version, project, tier, run.model,
    run.provider, locality, status, stop, error, owner, started_at_ms, elapsed_ms,
    coalesce(sum(usage.tokens_in), 0), coalesce(sum(tokens_cached), 0),
    coalesce(sum(tokens_out), 0), coalesce(sum(tokens_reasoning), 0), coalesce(sum(usd), 0.0),
    (SELECT up.id FROM run AS up WHERE up.number = run.parent),
    (SELECT up.id FROM run AS up WHERE up.number = run.origin)
  FROM run LEFT JOIN usage ON usage.run = run.number";

impl Events {
    /// Returns the events of one kind, in order.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &EventRecord> {
        self.events.iter().filter(move |event| event.kind == kind)
    }
}

impl Which {
    /// Reads `last` or the beginning of an id.
    pub fn parse(word: &str) -> Self {
        if word == "last" {
            return Self::Last;
        }
        Self::Id(word.to_ascii_lowercase())
    }
}

impl Store {
    /// Returns the latest runs that no other run started, the last begun first; all of them without
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn runs(&self, limit: Option<u32>) -> Result<Vec<RunRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}
             WHERE run.number IN
               (SELECT number FROM run WHERE parent IS NULL ORDER BY number DESC LIMIT ?1)
             GROUP BY run.number ORDER BY run.number DESC"
        );
        let limit = limit.map_or(-1, i64::from);
        self.read(|connection| self.records(connection, &sql, params![limit]))
    }

    /// Returns the runs that `run` started, the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn children(&self, run: &RunRecord) -> Result<Vec<RunRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE run.parent = ?1 GROUP BY run.number ORDER BY run.number"
        );
        self.read(|connection| self.records(connection, &sql, params![run.number]))
    }

    /// Returns how many runs there are that no other run started.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn count(&self) -> Result<u64, StoreError> {
        let count: i64 = self.read(|connection| {
            connection.query_row("SELECT count(*) FROM run WHERE parent IS NULL", [], |row| {
                row.get(0)
            })
        })?;
        Ok(count.max(0) as u64)
    }

    /// Finds one run.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Ambiguous`], and others.
    pub fn find(&self, which: &Which) -> Result<RunRecord, StoreError> {
        let mut found = match which {
            Which::Last => self.runs(Some(1))?,
            Which::Id(prefix) => self.starting_with(prefix)?,
        };
        match (found.pop(), found.len()) {
            (Some(record), 0) => Ok(record),
            (Some(_), others) => Err(StoreError::Ambiguous {
                asked: which.shown(),
                count: others + 1,
            }),
            (None, _) => Err(StoreError::not_found(which)),
        }
    }

    /// Returns what happened in a run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events(&self, run: &RunRecord) -> Result<Events, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at_ms, kind, body FROM event WHERE run = ?1 ORDER BY seq",
            )?;
            let mut rows = statement.query([run.number])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                match event(row, events.len() as i64)? {
                    Ok(event) => events.push(event),
                    Err(broken) => {
                        return Ok(Events {
                            events,
                            broken: Some(broken),
                        });
                    }
                }
            }
            Ok(Events {
                events,
                broken: None,
            })
        })
    }

    fn starting_with(&self, prefix: &str) -> Result<Vec<RunRecord>, StoreError> {
        let is_id_like = |c: char| c.is_ascii_hexdigit() || c == '-';
        if prefix.is_empty() || !prefix.chars().all(is_id_like) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} WHERE id >= ?1 AND id < ?1 || 'g' GROUP BY run.number");
        self.read(|connection| self.records(connection, &sql, params![prefix]))
    }

    fn records(
        &self,
        connection: &Connection,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<Vec<RunRecord>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, |row| self.record(row))?;
        rows.collect()
    }

    fn record(&self, row: &Row<'_>) -> rusqlite::Result<RunRecord> {
        let status: String = row.get(9)?;
        let owner: String = row.get(12)?;
        // A word this program does not know comes from nowhere; the run then has no known end.
        let status = match Status::parse(&status) {
            Some(Status::Running) if has_ended(self.files(), &owner) => Status::Interrupted,
            Some(status) => status,
            None => Status::Interrupted,
        };
        Ok(RunRecord {
            number: row.get(0)?,
            id: row.get(1)?,
            agent: row.get(2)?,
            agent_version: row.get(3)?,
            project: row.get(4)?,
            privacy_tier: row.get(5)?,
            model: row.get(6)?,
            provider: row.get(7)?,
            locality: row.get(8)?,
            status,
            stop: row.get(10)?,
            error: row.get(11)?,
            started_at: timestamp(row.get(13)?),
            elapsed_ms: row.get(14)?,
            usage: UsageRecord {
                tokens_in: row.get(15)?,
                tokens_cached: row.get(16)?,
                tokens_out: row.get(17)?,
                tokens_reasoning: row.get(18)?,
                usd: row.get(19)?,
            },
            parent: row.get(20)?,
            origin: row.get(21)?,
        })
    }
}

impl Which {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Last => "last".to_owned(),
            Self::Id(prefix) => prefix.chars().take(ASKED_CHARS_MAX).collect(),
        }
    }
}

/// Reads one event, or says why it and what follows cannot be trusted.
fn event(row: &Row<'_>, expected_seq: i64) -> rusqlite::Result<Result<EventRecord, String>> {
    let seq: i64 = row.get(0)?;
    let body: String = row.get(3)?;
    if seq != expected_seq {
        return Ok(Err(format!(
            "entry {expected_seq} is missing, the next one is {seq}"
        )));
    }
    let Ok(body) = serde_json::from_str(&body) else {
        return Ok(Err(format!("entry {seq} is not JSON")));
    };
    Ok(Ok(EventRecord {
        seq,
        at: timestamp(row.get(1)?),
        kind: row.get(2)?,
        body,
    }))
}

// A time outside of what can be written is somebody's edit; the beginning of time shows it.
fn timestamp(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
