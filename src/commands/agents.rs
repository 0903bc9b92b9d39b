//! `aldo agents`: the agents here, one of them, whether a file is right, whether one would route.

use clap::Subcommand;

use super::Context;
use crate::failure::Failure;
use crate::spec::{Agents, Found};
use crate::ui::Outcome;

mod check;
mod failures;
mod ls;
mod new;
mod schema;
mod show;
mod validate;

pub(crate) use failures::refused;

/// What can be typed after `aldo agents`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the agents here.
    Ls,
    /// Show one agent: what it asks of a model, what it may call, what it is told.
    Show(show::Args),
    /// Write a new agent: a spec and a prompt to go on from.
    New(new::Args),
    /// Print the JSON Schema of specs, for editors.
    Schema,
    /// Check spec files; each error with path, line and column.
    Validate(validate::Args),
    /// Say which model an agent would run on, or what to change; no request is sent to a model.
    Check(check::Args),
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Ls => Ok(ls::run(ctx)),
        Command::Show(args) => show::run(ctx, args),
        Command::New(args) => new::run(ctx, args),
        Command::Schema => Ok(schema::run()),
        Command::Validate(args) => validate::run(ctx, args),
        Command::Check(args) => check::run(ctx, args),
    }
}

/// Returns the places agents are looked for in.
pub(crate) fn places(ctx: &Context) -> Agents {
    let folders = &ctx.config.folders;
    Agents {
        project: folders.project.clone(),
        user: Some(folders.config.join("agents")),
        default_tier: ctx.config.default_privacy,
    }
}

/// Finds an agent by name or path, and says what of its file was ignored.
///
/// # Errors
/// A usage failure when there is none of that name, or its spec is wrong.
pub(crate) fn find(ctx: &Context, name: &str) -> Result<Found, Failure> {
    let found = places(ctx).find(name)?;
    for warning in &found.warnings {
        ctx.ui.warn(warning);
    }
    Ok(found)
}
