//! One run of the store, found and read.

use crate::commands::{Context, store};
use crate::failure::Failure;
use crate::store::{Events, RunRecord, Store, StoreError, Which};

/// A run with what happened in it.
pub(super) struct One {
    pub(super) store: Store,
    pub(super) run: RunRecord,
    pub(super) events: Events,
}

impl One {
    /// Finds the run that was typed, and warns where its record cannot be trusted to its end.
    ///
    /// # Errors
    /// A usage failure when there is none, or several.
    pub(super) fn find(ctx: &Context, typed: &str) -> Result<Self, Failure> {
        let which = Which::parse(typed);
        let Some(store) = store::open_to_read(ctx)? else {
            return Err(StoreError::not_found(&which).into());
        };
        // A store that can only be read still tells who was interrupted.
        let _ = store.sweep();
        let run = store.find(&which)?;
        let events = store.events(&run)?;
        if let Some(broken) = &events.broken {
            ctx.ui.warn(&format!(
                "the record of this run cannot be trusted any further: {broken}"
            ));
        }
        Ok(Self { store, run, events })
    }
}
