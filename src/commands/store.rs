//! The run store of this user, as commands open it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, toolbox};
use crate::candidate::Registry;
use crate::env::{self, Variable};
use crate::failure::Failure;
use crate::store::{Keep, Redactor, Store, StoreError};

/// Opens the store to write to it, and says what happened to a damaged one.
///
/// # Errors
/// A usage failure: nothing may be sent to a model when nothing can be written down.
pub(crate) fn open(ctx: &Context) -> Result<Arc<Store>, Failure> {
    let store = Store::open(&folder(ctx), redactor(ctx))?.heard_by(ctx.telemetry.listener());
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

/// Returns which runs the user keeps.
///
/// # Errors
/// A usage failure when a setting is no count.
pub(crate) fn keep(ctx: &Context) -> Result<Keep, Failure> {
    let count = |variable: &Variable| -> Result<Option<u64>, Failure> {
        let Some(setting) = ctx.config.setting(variable) else {
            return Ok(None);
        };
        let count = setting.parse_with(|word| {
            let count = word.parse::<u64>();
            count.map_err(|_| format!("expected a whole number, not `{word}`"))
        })?;
        Ok((count > 0).then_some(count))
    };
    Ok(Keep {
        age_max: count(&env::RUNS_KEEP_DAYS)?
            .map(|days| Duration::from_secs(days.saturating_mul(86_400))),
        bytes_max: count(&env::RUNS_MAX_MB)?.map(|megabytes| megabytes.saturating_mul(1_000_000)),
    })
}

/// Removes the runs that are not to be kept, once a run is over; what cannot be removed stays.
pub(crate) fn prune(ctx: &Context, store: &Store) {
    let pruned = keep(ctx).ok().map(|keep| store.prune_if_due(&keep));
    if let Some(Ok(pruned)) = pruned.filter(|pruned| matches!(pruned, Ok(one) if one.runs > 0)) {
        ctx.ui.note(&format!(
            "{} old runs were removed (`ALDO_RUNS_KEEP_DAYS`, `ALDO_RUNS_MAX_MB`)",
            pruned.runs
        ));
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
    let of_servers = toolbox::secrets(ctx);
    Redactor::new(
        ctx.environment
            .secrets()
            .chain(configured)
            .chain(of_servers),
    )
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
