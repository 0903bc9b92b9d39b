//! The tables, and how an older database becomes a newer one.

use rusqlite::{Connection, Transaction};

/// `aldo` in ASCII; tells our database from another program's.
pub(super) const APPLICATION_ID: i32 = 0x616c_646f;

/// What each version adds to the one before it; never edited once released, only added to.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, SUITE_RATINGS];

/// The version this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Tables of the current version; a database without one of them is damaged.
pub(super) const TABLES: &[&str] = &["run", "event", "usage", "health", "rating", "suite_rating"];

// Runs are numbered as they begin, so that their order does not depend on the clock. Times are
// milliseconds since 1970, durations come from the monotonic clock.
const VERSION_1: &str = "
CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agent TEXT NOT NULL,
  agent_version TEXT NOT NULL,
  project TEXT,
  tier TEXT NOT NULL,
  model TEXT,
  provider TEXT,
  locality TEXT,
  status TEXT NOT NULL,
  stop TEXT,
  error TEXT,
  owner TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  elapsed_ms INTEGER
) STRICT;
CREATE INDEX run_running ON run (owner) WHERE status = 'running';
CREATE TABLE event (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  tokens_reasoning INTEGER NOT NULL,
  load_ms REAL NOT NULL,
  prefill_ms REAL NOT NULL,
  first_token_ms REAL NOT NULL,
  decode_ms REAL NOT NULL,
  usd REAL NOT NULL,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE health (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (provider, model)
) STRICT, WITHOUT ROWID;
CREATE TABLE rating (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  suite TEXT NOT NULL,
  suite_version TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  score REAL NOT NULL,
  PRIMARY KEY (provider, model, suite, suite_version)
) STRICT, WITHOUT ROWID;
";

// A run that another one started goes with it; a run that was begun from another one stays.
const VERSION_2: &str = "
ALTER TABLE run ADD COLUMN parent INTEGER REFERENCES run (number) ON DELETE CASCADE;
ALTER TABLE run ADD COLUMN origin INTEGER REFERENCES run (number) ON DELETE SET NULL;
CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL;
CREATE INDEX run_origin ON run (origin) WHERE origin IS NOT NULL;
";

// Takes the place of `rating`, which nothing was ever written to.
const SUITE_RATINGS: &str = "
CREATE TABLE suite_rating (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  machine TEXT NOT NULL,
  suite TEXT NOT NULL,
  suite_version TEXT NOT NULL,
  origin TEXT NOT NULL,
  weights TEXT NOT NULL,
  build TEXT NOT NULL,
  device TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  score REAL NOT NULL,
  passed INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  decode_tok_per_s REAL,
  p95_latency_ms REAL,
  PRIMARY KEY (provider, model, machine, suite, suite_version, origin)
) STRICT, WITHOUT ROWID;
";

/// What a database file turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No table yet.
    Empty,
    /// Ours, of this version or an older one.
    Ours(i64),
    /// Ours, written by a later aldo.
    Newer(i64),
    /// Ours by name, without a table it must have.
    Incomplete(&'static str),
    /// Some other program's.
    Foreign,
}

/// Looks what the database is, without changing it.
pub(super) fn inspect(connection: &Connection) -> rusqlite::Result<Found> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if tables.is_empty() && version == 0 && application == 0 {
        return Ok(Found::Empty);
    }
    if application != APPLICATION_ID {
        return Ok(Found::Foreign);
    }
    if version > VERSION {
        return Ok(Found::Newer(version));
    }
    let missing = |table: &&&str| !tables.iter().any(|name| name == **table);
    match TABLES.iter().find(missing) {
        Some(table) if version == VERSION => Ok(Found::Incomplete(table)),
        Some(_) | None => Ok(Found::Ours(version)),
    }
}

/// Brings the database to the current version; does nothing when it is there already.
pub(super) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (index, migration) in MIGRATIONS.iter().enumerate() {
        if index as i64 >= version {
            transaction.execute_batch(migration)?;
        }
    }
    if version < VERSION {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}
