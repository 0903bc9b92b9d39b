//! The rows of a run, secrets taken out.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::entry::Entry;
use super::id::RunId;
use super::open::Store;
use super::record::Status;
use super::run::{NewRun, ServedBy, StepUsage};

/// Inserts the run itself and returns its number.
pub(super) fn insert_run(
    store: &Store,
    transaction: &Transaction<'_>,
    id: RunId,
    owner: &str,
    new: &NewRun,
) -> rusqlite::Result<i64> {
    let project = new.project.as_ref().map(|text| store.redactor().text(text));
    transaction
        .prepare_cached(
            "INSERT INTO run (id, agent, agent_version, project, tier, model, provider, locality,
                              status, owner, started_at_ms, parent, origin)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                     (SELECT number FROM run WHERE id = ?12), (SELECT number FROM run WHERE id = ?13))",
        )?
        .insert(params![
            id.to_string(),
            new.agent,
            new.agent_version,
            project,
            new.privacy_tier,
            new.model,
            new.provider,
            new.locality,
            Status::Running.as_str(),
            owner,
            Timestamp::now().as_millisecond(),
            new.parent.map(|id| id.to_string()),
            new.origin,
        ])
}

/// Changes who answers run `number`.
pub(super) fn update_served_by(
    transaction: &Transaction<'_>,
    number: i64,
    served_by: &ServedBy,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE run SET model = ?2, provider = ?3, locality = ?4 WHERE number = ?1",
        )?
        .execute(params![
            number,
            served_by.model,
            served_by.provider,
            served_by.locality
        ])?;
    Ok(())
}

/// Inserts entries from place `first_seq` on.
pub(super) fn insert_entries(
    store: &Store,
    transaction: &Transaction<'_>,
    run: i64,
    first_seq: i64,
    entries: &[Entry],
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO event (run, seq, at_ms, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let at_ms = Timestamp::now().as_millisecond();
    for (seq, entry) in (first_seq..).zip(entries) {
        let body = store.redactor().json(entry.body()).to_string();
        statement.execute(params![run, seq, at_ms, entry.kind(), body])?;
    }
    Ok(())
}

/// Inserts what a step used.
pub(super) fn insert_usage(
    transaction: &Transaction<'_>,
    run: i64,
    step: i64,
    used: &StepUsage,
) -> rusqlite::Result<()> {
    let usage = &used.usage;
    transaction
        .prepare_cached(
            "INSERT INTO usage (run, step, provider, model, tokens_in, tokens_cached, tokens_out,
                                tokens_reasoning, load_ms, prefill_ms, first_token_ms, decode_ms, usd)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            run,
            step,
            used.provider,
            used.model,
            usage.tokens_in as i64,
            usage.tokens_cached as i64,
            usage.tokens_out as i64,
            usage.tokens_reasoning as i64,
            usage.load_ms,
            usage.prefill_ms,
            usage.first_token_ms,
            usage.decode_ms,
            used.usd,
        ])?;
    Ok(())
}
