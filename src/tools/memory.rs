//! Notes that outlive a run: one file each, by tenant, tier and scope.
//!
//! A run reads what runs of its own tier or a lower one have written, so that nothing a sensitive run
//! writes down ever reaches one that may leave the machine.

mod notes;
mod retention;

use schemars::JsonSchema;
use serde::Deserialize;

use super::context::Context;
use super::fs;
use super::problem::{Done, Problem};
use notes::{Name, Notes};

/// The longest note, in bytes.
const NOTE_BYTES_MAX: usize = 64 << 10;

/// What one agent remembers, and for whom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remembers {
    /// Whose notes they are; `default` where the run is for nobody in particular.
    pub tenant: Option<String>,
    /// The scopes, as the spec has them.
    pub scopes: crate::spec::Memory,
}

/// Reads a note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    /// Scope the note belongs to.
    scope: String,
    /// Name of the note.
    key: String,
}

/// Writes a note, replacing what it held.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    /// Scope the note belongs to.
    scope: String,
    /// Name of the note.
    key: String,
    /// The whole new text.
    value: String,
}

/// Lists the notes of a scope.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scan {
    /// Scope the note belongs to.
    scope: String,
    /// Only names that begin so.
    prefix: Option<String>,
}

/// Deletes a note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Delete {
    /// Scope the note belongs to.
    scope: String,
    /// Name of the note.
    key: String,
}

/// Reads a note.
pub(super) fn read(call: &Read, context: &Context) -> Done {
    let notes = reading(context, &call.scope)?;
    notes.read(&Name::parse(&call.key)?)
}

/// Lists notes.
pub(super) fn scan(call: &Scan, context: &Context) -> Done {
    let notes = reading(context, &call.scope)?;
    notes.scan(call.prefix.as_deref().unwrap_or_default())
}

/// Writes a note.
pub(super) fn write(call: &Write, context: &Context) -> Done {
    let notes = writing(context, &call.scope)?;
    if call.value.len() > NOTE_BYTES_MAX {
        return Err(Problem::failed("a note may have 64 KiB"));
    }
    notes.write(&Name::parse(&call.key)?, &call.value)
}

/// Deletes a note.
pub(super) fn delete(call: &Delete, context: &Context) -> Done {
    let notes = writing(context, &call.scope)?;
    notes.delete(&Name::parse(&call.key)?)
}

fn reading<'a>(context: &'a Context, scope: &str) -> Result<Notes<'a>, Problem> {
    let scopes = &context.remembers.scopes;
    let all: Vec<&String> = scopes.read.iter().chain(&scopes.write).collect();
    permitted(&all, scope, "reads")?;
    notes(context, scope)
}

fn writing<'a>(context: &'a Context, scope: &str) -> Result<Notes<'a>, Problem> {
    let all: Vec<&String> = context.remembers.scopes.write.iter().collect();
    permitted(&all, scope, "writes")?;
    notes(context, scope)
}

fn permitted(scopes: &[&String], scope: &str, does: &str) -> Result<(), Problem> {
    if scopes.iter().any(|name| *name == scope) {
        return Ok(());
    }
    let names: Vec<&str> = scopes.iter().map(|name| name.as_str()).collect();
    let shown: String = scope.chars().take(64).collect();
    let what = if names.is_empty() {
        format!("its spec says that it {does} none")
    } else {
        format!("it {does} `{}`", names.join("`, `"))
    };
    Err(Problem::refused(format!(
        "the scope `{}` is not the agent's: {what}",
        shown.escape_debug()
    )))
}

fn notes<'a>(context: &'a Context, scope: &str) -> Result<Notes<'a>, Problem> {
    let memory = context.roots.memory.as_ref();
    let memory = memory.ok_or_else(|| fs::off("ALDO_MEMORY_ENABLED` and `ALDO_MEMORY_ROOT"))?;
    let remembers = &context.remembers;
    let tenant = remembers.tenant.as_deref().unwrap_or("default");
    if !memory.tenants.is_empty() && !memory.tenants.iter().any(|known| known == tenant) {
        let shown = tenant.escape_debug();
        let reason = format!(
            "the memory of `{shown}` may not be used: `ALDO_MEMORY_TENANTS` does not name it"
        );
        return Err(Problem::refused(reason));
    }
    Notes::of(&memory.root, tenant, scope, context)
}
