//! Which models failed a moment ago; all processes share the marks.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::error::StoreError;
use super::open::Store;

/// How long a mark holds.
const MARK_HOLDS: Duration = Duration::from_mins(1);

/// A model that failed a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unhealthy {
    /// Who serves it.
    pub provider: String,
    /// The model.
    pub model: String,
    /// What happened.
    pub reason: String,
}

impl Store {
    /// Marks a model whose call failed, was refused or timed out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mark_unhealthy(
        &self,
        provider: &str,
        model: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.mark_at(provider, model, reason, Timestamp::now().as_millisecond())
    }

    /// Returns the models whose mark holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unhealthy(&self) -> Result<Vec<Unhealthy>, StoreError> {
        self.unhealthy_at(Timestamp::now().as_millisecond())
    }

    fn mark_at(
        &self,
        provider: &str,
        model: &str,
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let reason = self.redactor().text(reason);
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO health (provider, model, at_ms, reason) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (provider, model)
                     DO UPDATE SET at_ms = excluded.at_ms, reason = excluded.reason",
                )?
                .execute(params![provider, model, at_ms, reason])?;
            Ok(())
        })
    }

    // A mark from the future was made before the clock was set back; the distance decides, so that
    // it does not hold for ever.
    fn unhealthy_at(&self, now_ms: i64) -> Result<Vec<Unhealthy>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT provider, model, reason FROM health WHERE abs(?1 - at_ms) < ?2
                 ORDER BY provider, model",
            )?;
            let rows =
                statement.query_map(params![now_ms, MARK_HOLDS.as_millis() as i64], |row| {
                    Ok(Unhealthy {
                        provider: row.get(0)?,
                        model: row.get(1)?,
                        reason: row.get(2)?,
                    })
                })?;
            rows.collect()
        })
    }
}

#[cfg(test)]
mod tests;
