//! The run store of this user, as commands open it.

use std::path::PathBuf;
use std::sync::Arc;

use super::Context;
use crate::candidate::Registry;
use crate::env;
use crate::failure::Failure;
use crate::store::{Redactor, Store, StoreError};

/// Opens the store to write to it, and says what happened to a damaged one.
///
/// # Errors
/// A usage failure: nothing may be sent to a model when nothing can be written down.
pub(crate) fn open(ctx: &Context) -> Result<Arc<Store>, Failure> {
    let store = Store::open(&folder(ctx), redactor(ctx))?;
    Ok(Arc::new(said(ctx, store)))
}

/// Opens the store to read it; `None` where there is none yet.
///
/// # Errors
/// A usage failure when it cannot be read.
pub(crate) fn open_to_read(ctx: &Context) -> Result<Option<Store>, Failure> {
    let store = Store::open_to_read(&folder(ctx))?;
    Ok(store.map(|store| said(ctx, store)))
}

/// Marks the candidates that failed within the last minute, in whatever process; what the store cannot say is no mark.
pub(crate) fn mark_unhealthy(ctx: &Context, registry: &mut Registry) {
    let store = open_to_read(ctx).ok().flatten();
    let marks = store
        .and_then(|store| store.unhealthy().ok())
        .unwrap_or_default();
    for candidate in &mut registry.candidates {
        candidate.unhealthy = marks
            .iter()
            .any(|mark| mark.provider == candidate.provider && mark.model == candidate.id);
    }
}

fn said(ctx: &Context, store: Store) -> Store {
    for notice in store.notices() {
        ctx.ui.warn(notice);
    }
    store
}

/// Returns the folder of the store, which holds nothing else.
pub(crate) fn folder(ctx: &Context) -> PathBuf {
    ctx.config.folders.state.join("store")
}

fn redactor(ctx: &Context) -> Redactor {
    let configured = env::ALL.iter().filter(|variable| variable.secret);
    let configured = configured.filter_map(|variable| {
        let setting = ctx.config.setting(variable)?;
        Some((variable.name.to_owned(), setting.value.clone()))
    });
    Redactor::new(ctx.environment.secrets().chain(configured))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::usage(error.code(), error.to_string());
        let failure = match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
        failure.because(error)
    }
}
