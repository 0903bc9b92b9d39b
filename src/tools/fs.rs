//! Files below a root. Every name is opened below the root's handle; what is written goes to a folder
//! that was reached without following a link, and takes its place in one step.

mod before;
mod delete;
mod edit;
mod glob;
mod inside;
mod list;
mod mkdir;
mod place;
mod protected;
mod read;
mod rename;
mod search;
mod stat;
mod text;
mod write;

use serde_json::Value;

use super::context::Context;
use super::problem::{Done, Problem};
use super::root::Root;
use crate::spec::FilesystemPermission;

pub(super) use before::Before;
pub(super) use delete::Arguments as Delete;
pub(super) use edit::Arguments as Edit;
pub(super) use inside::Inside;
pub(super) use list::Arguments as List;
pub(super) use mkdir::Arguments as Mkdir;
pub(super) use place::Place;
pub(super) use protected::protected;
pub(super) use read::Arguments as Read;
pub(super) use rename::Arguments as Move;
pub(super) use search::Arguments as Search;
pub(super) use stat::Arguments as Stat;
pub(super) use text::text;
pub(super) use write::Arguments as Write;

/// A call that only looks.
pub(super) trait Looks {
    /// Where it looks first.
    fn path(&self) -> &str;

    /// Does it.
    fn look(&self, root: &Root, inside: &Inside) -> Done;
}

/// A call that changes something.
pub(super) trait Changes {
    /// Does it.
    fn change(&self, at: &Writable<'_>) -> Done;
}

/// A folder that may be written to.
#[derive(Debug)]
pub(super) struct Writable<'a> {
    root: &'a Root,
    approved: bool,
}

impl Writable<'_> {
    /// Reads a path that a call would change; a protected one only where a person has seen it.
    fn inside(&self, path: &str) -> Result<Inside, Problem> {
        let inside = Inside::parse(path, self.root.path())?;
        match protected(&inside) {
            Some(name) if !self.approved => Err(is_protected(&name)),
            Some(_) | None => Ok(inside),
        }
    }
}

/// Carries out a call that only looks: in the folder that is written, then in the one that is read.
pub(super) fn look(call: &impl Looks, context: &Context) -> Done {
    if context.permissions.filesystem == FilesystemPermission::None {
        return Err(forbidden("reads no files", "none"));
    }
    let roots = [&context.roots.files_writable, &context.roots.files];
    let mut first = None;
    for root in roots.into_iter().flatten() {
        let done =
            Inside::parse(call.path(), root.path()).and_then(|inside| call.look(root, &inside));
        match done {
            Ok(text) => return Ok(text),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    Err(first.unwrap_or_else(|| off("ALDO_FS_ROOT")))
}

/// Carries out a call that changes something; `approved` says that a person, or whoever stands for
/// one, has seen the paths.
pub(super) fn change(call: &impl Changes, context: &Context, approved: bool) -> Done {
    may_write(context)?;
    let root = context.roots.files_writable.as_ref();
    let root = root.ok_or_else(|| off("ALDO_FS_RW_ROOT"))?;
    call.change(&Writable { root, approved })
}

/// Returns the first protected path that a call with these paths would change.
pub(super) fn protected_of(arguments: &Value, context: &Context) -> Option<String> {
    let root = context.roots.files_writable.as_ref()?;
    let texts = ["path", "from", "to"].iter();
    let mut texts = texts.filter_map(|name| arguments.get(name)?.as_str());
    texts.find_map(|text| protected(&Inside::parse(text, root.path()).ok()?))
}

/// Checks that the spec lets tools write.
pub(super) fn may_write(context: &Context) -> Result<(), Problem> {
    match context.permissions.filesystem {
        FilesystemPermission::ReadWrite => Ok(()),
        FilesystemPermission::ReadOnly => Err(forbidden("changes no files", "read-only")),
        FilesystemPermission::None => Err(forbidden("changes no files", "none")),
    }
}

/// Says that a path is protected.
pub(super) fn is_protected(name: &str) -> Problem {
    Problem::refused(format!(
        "`{}` is protected and is changed only when a person approves it",
        name.escape_debug()
    ))
}

fn forbidden(what: &str, word: &str) -> Problem {
    Problem::refused(format!(
        "the agent {what}: its spec says `permissions.filesystem: {word}`"
    ))
}

/// Says that a family of tools is off, and what turns it on.
pub(super) fn off(variable: &str) -> Problem {
    Problem::refused(format!(
        "this tool is turned off: the user has not set `{variable}`"
    ))
}
