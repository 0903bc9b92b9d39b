//! The run store.

use super::{Check, State};
use crate::commands::{Context, store};
use crate::store::{Journal, Store};

/// Opens the store as a run would.
pub(super) fn checks(ctx: &Context) -> Vec<Check> {
    let folder = store::folder(ctx);
    let name = folder.display().to_string();
    let existing = match Store::open_to_read(&folder) {
        Ok(existing) => existing,
        Err(error) => return vec![Check::new("store", name, State::Fails, error.to_string())],
    };
    if existing.is_none() {
        return vec![Check::new(
            "store",
            name,
            State::Absent,
            "the first run makes it",
        )];
    }
    let check = match store::open(ctx) {
        Ok(opened) => match opened.journal() {
            Journal::Wal => Check::new("store", name, State::Works, "can be written to"),
            Journal::Delete => Check::new(
                "store",
                name,
                State::Warns,
                "its disk has no write-ahead log, so several processes wait for each other",
            ),
        },
        Err(failure) => Check::new("store", name, State::Fails, failure.sentence()),
    };
    vec![check]
}
