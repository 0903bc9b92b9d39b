//! `aldo agents validate`.

use serde::Serialize;

use crate::commands::Context;
use crate::failure::Failure;
use crate::spec::{AgentError, Found};
use crate::ui::{Outcome, Page, bad, dim, good, plain};
use crate::yaml::FileError;

/// What can be typed after `aldo agents validate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, or names of agents.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Document {
    ok: bool,
    files: Vec<Checked>,
}

/// One file and what is wrong with it.
#[derive(Debug, Serialize)]
struct Checked {
    path: String,
    ok: bool,
    errors: Vec<Error>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Error {
    line: u64,
    column: u64,
    message: String,
    hint: Option<String>,
}

/// Checks every file named, and fails when one is wrong.
///
/// # Errors
/// A usage failure when there is no agent of a name.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let places = super::places(ctx);
    let checked: Result<Vec<Checked>, Failure> = args
        .files
        .iter()
        .map(|file| Checked::new(places.find(file)))
        .collect();
    let files = checked?;
    let mut page = Page::new();
    for file in &files {
        file.show(&mut page);
    }
    let wrong: usize = files.iter().map(|file| file.errors.len()).sum();
    let outcome = Outcome::new(
        &Document {
            ok: wrong == 0,
            files,
        },
        page,
    );
    if wrong == 0 {
        return Ok(outcome);
    }
    let message = if wrong == 1 {
        "1 error".to_owned()
    } else {
        format!("{wrong} errors")
    };
    Ok(outcome.failing(Failure::usage("invalid_spec", message)))
}

impl Checked {
    fn new(found: Result<Found, AgentError>) -> Result<Self, Failure> {
        match found {
            Ok(found) => Ok(Self {
                path: found.path,
                ok: true,
                errors: Vec::new(),
                warnings: found.warnings,
            }),
            Err(AgentError::Spec(error)) => Ok(Self::wrong(error)),
            Err(error @ (AgentError::Unknown { .. } | AgentError::OtherName { .. })) => {
                Err(error.into())
            }
        }
    }

    fn wrong(error: FileError) -> Self {
        let errors = error.faults.into_iter().map(|fault| Error {
            line: fault.line,
            column: fault.column,
            message: fault.message,
            hint: fault.hint,
        });
        Self {
            path: error.path,
            ok: false,
            errors: errors.collect(),
            warnings: Vec::new(),
        }
    }

    fn show(&self, page: &mut Page) {
        if self.ok {
            page.line([good("ok"), plain(format!("  {}", self.path))]);
        }
        for warning in &self.warnings {
            page.line([dim(format!("    {warning}"))]);
        }
        for error in &self.errors {
            let place = format!("{}:{}:{}: ", self.path, error.line, error.column);
            page.line([plain(place), bad(&error.message)]);
            if let Some(hint) = &error.hint {
                page.line([dim(format!("    {hint}"))]);
            }
        }
    }
}
