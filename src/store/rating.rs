//! How well models did in suites; all processes share what was measured.

use rusqlite::params;

use super::error::StoreError;
use super::open::Store;

/// How one model did in one suite on one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingRecord {
    /// Who serves it.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The machine.
    pub machine: String,
    /// The suite.
    pub suite: String,
    /// Its version.
    pub suite_version: String,
    /// Where the suite comes from: `builtin`, `project` or `named`.
    pub origin: String,
    /// A mark of the weights, or of the runtime that serves them.
    pub weights: String,
    /// A mark of the program that computed.
    pub build: String,
    /// What computed.
    pub device: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The weighted share of cases that passed, from 0 to 1.
    pub score: f64,
    /// Cases that passed.
    pub passed: u32,
    /// Cases that were asked.
    pub counted: u32,
    /// Tokens written a second after the first, where that is known.
    pub decode_tok_per_s: Option<f64>,
    /// The time that 95 % of the cases stay within, in milliseconds.
    pub p95_latency_ms: Option<f64>,
}

impl Store {
    /// Keeps a rating, in place of the one before of the same model, machine and suite.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rate(&self, rating: &RatingRecord) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO suite_rating
                     (provider, model, machine, suite, suite_version, origin, weights, build, device,
                      at_ms, score, passed, counted, decode_tok_per_s, p95_latency_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                )?
                .execute(params![
                    rating.provider,
                    rating.model,
                    rating.machine,
                    rating.suite,
                    rating.suite_version,
                    rating.origin,
                    rating.weights,
                    rating.build,
                    rating.device,
                    rating.at_ms,
                    rating.score,
                    rating.passed,
                    rating.counted,
                    rating.decode_tok_per_s,
                    rating.p95_latency_ms,
                ])?;
            Ok(())
        })
    }

    /// Returns every rating, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ratings(&self) -> Result<Vec<RatingRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT provider, model, machine, suite, suite_version, origin, weights, build, device,
                        at_ms, score, passed, counted, decode_tok_per_s, p95_latency_ms
                 FROM suite_rating ORDER BY at_ms DESC, provider, model, suite",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(RatingRecord {
                    provider: row.get(0)?,
                    model: row.get(1)?,
                    machine: row.get(2)?,
                    suite: row.get(3)?,
                    suite_version: row.get(4)?,
                    origin: row.get(5)?,
                    weights: row.get(6)?,
                    build: row.get(7)?,
                    device: row.get(8)?,
                    at_ms: row.get(9)?,
                    score: row.get(10)?,
                    passed: row.get(11)?,
                    counted: row.get(12)?,
                    decode_tok_per_s: row.get(13)?,
                    p95_latency_ms: row.get(14)?,
                })
            })?;
            rows.collect()
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::Redactor;

    fn rating(model: &str, at_ms: i64, score: f64) -> RatingRecord {
        RatingRecord {
            provider: "candle".to_owned(),
            model: model.to_owned(),
            machine: "here".to_owned(),
            suite: "s".to_owned(),
            suite_version: "1.0.0".to_owned(),
            origin: "builtin".to_owned(),
            weights: "w".to_owned(),
            build: "b".to_owned(),
            device: "cpu".to_owned(),
            at_ms,
            score,
            passed: 1,
            counted: 2,
            decode_tok_per_s: None,
            p95_latency_ms: Some(7.5),
        }
    }

    #[test]
    fn a_rating_replaces_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Redactor::default()).unwrap();
        store.rate(&rating("a", 1, 0.25)).unwrap();
        store.rate(&rating("b", 2, 0.5)).unwrap();
        store.rate(&rating("a", 3, 0.75)).unwrap();
        assert_eq!(
            store.ratings().unwrap(),
            [rating("a", 3, 0.75), rating("b", 2, 0.5)]
        );
    }
}
