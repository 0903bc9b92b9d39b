//! What every command about suites does around them: finding one, reading an earlier report, telling
//! of a new one.

use std::path::Path;

use serde::Serialize;

use super::show;
use crate::bench::compare::{self, Change};
use crate::bench::report_wire::Report;
use crate::bench::suite::{Suite, Suites, UnknownSuite};
use crate::bench::{html, saved};
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::Outcome;

/// How a report is told of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// Where the page goes.
    pub(crate) html: Option<&'a Path>,
    /// The report it is compared with.
    pub(crate) before: Option<&'a Report>,
}

/// What scripts read.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a [Change]>,
}

/// Finds a suite by name or path.
///
/// # Errors
/// A usage failure when there is none, or it is wrong.
pub(crate) fn find(ctx: &Context, name: &str) -> Result<Suite, Failure> {
    let suites = Suites {
        project: ctx.config.folders.project.clone(),
    };
    suites.find(name).map_err(|error| unknown(&error))
}

/// Reads the report a new one is compared with.
///
/// # Errors
/// A usage failure when it cannot be read or is none.
pub(crate) fn earlier(path: &Path) -> Result<Report, Failure> {
    saved::read(path).map_err(|error| {
        let message = format!("cannot compare with `{}`", path.display());
        Failure::usage("bad_report", message).because(error)
    })
}

/// Shows a report, writes its page, and fails where it is not good.
///
/// # Errors
/// A failure when the page cannot be written.
pub(crate) fn tell(
    ctx: &Context,
    suite: &Suite,
    report: &Report,
    told: Told<'_>,
) -> Result<Outcome, Failure> {
    let changes = told.before.map(|before| compare::changes(before, report));
    if let Some(path) = told.html {
        let page = html::page(report, &suite.description);
        std::fs::write(path, page).map_err(|error| {
            let message = format!("cannot write `{}`", path.display());
            Failure::failed("html", message).because(error)
        })?;
    }
    if told
        .before
        .is_some_and(|before| before.suite.digest != report.suite.digest)
    {
        ctx.ui
            .warn("the report compared with is of another version of the suite");
    }
    let page = show::page(report, changes.as_deref(), ctx.ui.verbose());
    let document = Document {
        report,
        changes: changes.as_deref(),
    };
    let outcome = Outcome::new(&document, page);
    Ok(match show::failure(report) {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// Explains why there is no suite.
fn unknown(error: &UnknownSuite) -> Failure {
    match error {
        UnknownSuite::Unknown { nearest, .. } => {
            let hint = match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => "put one into `agency/eval/<name>/suite.yaml`, or name its file".to_owned(),
            };
            Failure::usage("unknown_suite", error.to_string()).hint(hint)
        }
        UnknownSuite::Wrong(wrong) => {
            let lines: Vec<String> = wrong.lines().collect();
            let hints = wrong.faults.iter().filter_map(|fault| fault.hint.clone());
            let failure = Failure::usage("invalid_suite", lines.join("\n"));
            hints.fold(failure, Failure::hint)
        }
    }
}
