//! `aldo agents validate`.

use serde::Serialize;

use crate::commands::Context;
use crate::commands::eval::{self, Gate};
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
    /// Run the suites of each agent's `eval_gate` as well, and fail where its score is too low.
    #[arg(long)]
    gate: bool,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<Gate>,
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
        .map(|file| {
            let found = places.find(file);
            let gates = match &found {
                Ok(found) if args.gate => eval::gates(ctx, file, &found.spec)?,
                Ok(_) | Err(_) => Vec::new(),
            };
            let checked = Checked::new(found)?;
            Ok(Checked { gates, ..checked })
        })
        .collect();
    let files = checked?;
    let low = files.iter().flat_map(|file| &file.gates);
    let low = low.filter(|gate| !gate.ok).count();
    let mut page = Page::new();
    for file in &files {
        file.show(&mut page);
    }
    let wrong: usize = files.iter().map(|file| file.errors.len()).sum();
    let outcome = Outcome::new(
        &Document {
            ok: wrong == 0 && low == 0,
            files,
        },
        page,
    );
    if wrong == 0 && low == 0 {
        return Ok(outcome);
    }
    if wrong == 0 {
        let message = format!("{low} of the suites that are required are not passed");
        return Ok(outcome.failing(Failure::failed("gate_failed", message)));
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
                gates: Vec::new(),
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
            gates: Vec::new(),
        }
    }

    fn show(&self, page: &mut Page) {
        if self.ok {
            page.line([good("ok"), plain(format!("  {}", self.path))]);
        }
        for warning in &self.warnings {
            page.line([dim(format!("    {warning}"))]);
        }
        for gate in &self.gates {
            let mark = if gate.ok { good("pass") } else { bad("FAIL") };
            let score = gate.score;
            let score = score.map_or_else(
                || "nothing counted".to_owned(),
                |score| format!("{score:.2}"),
            );
            let says = format!(
                "  {}: {score} of at least {:.2}",
                gate.suite, gate.min_score
            );
            page.line([mark, plain(says)]);
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
