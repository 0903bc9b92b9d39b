//! What every command about suites does around them: finding one, reading an earlier report, telling
//! of a new one.

use std::path::Path;

use serde::Serialize;

use super::show;
use crate::bench::compare::{self, Change};
use crate::bench::html;
use crate::bench::report_wire::Report;
use crate::bench::saved::{self, NotSaved, Saved};
use crate::bench::suite::{NoSuchCase, Suite, Suites, UnknownSuite};
use crate::commands::Context;
use crate::failure::{Failure, Kind};
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

/// Finds a suite by name or path; of it the cases called so, or all where `only` names none.
///
/// # Errors
/// A usage failure when there is none, it is wrong, or it has no such case.
pub(crate) fn find(ctx: &Context, name: &str, only: &[String]) -> Result<Suite, Failure> {
    let suites = Suites {
        project: ctx.config.folders.project.clone(),
    };
    let suite = suites.find(name).map_err(|error| unknown(&error))?;
    suite.only(only).map_err(|error| no_such_case(&error))
}

/// Saves a report as it grows.
///
/// # Errors
/// A failure when it cannot be written.
pub(crate) fn save(saved: &Saved, report: &Report) -> Result<(), Failure> {
    saved.write(report).map_err(not_saved)
}

/// Takes the rows that are saved of `suite` over into `wanted`.
///
/// # Errors
/// A usage failure when nothing is saved, or it is of something else.
pub(crate) fn gone_on_with(saved: &Saved, suite: &str, wanted: Report) -> Result<Report, Failure> {
    let was = saved.read(suite).map_err(not_saved)?;
    saved::check_same(&was, &wanted).map_err(not_saved)?;
    let models = was.models.into_iter().map(|mut model| {
        model.error = None;
        model
    });
    Ok(Report {
        models: models.collect(),
        started_at: was.started_at,
        ..wanted
    })
}

/// Says how much of a report was done when it was interrupted.
pub(crate) fn interrupted(report: &Report) -> Failure {
    let done: usize = report.models.iter().map(|model| model.cases.len()).sum();
    let all = report.suite.cases * report.models.len();
    let message = format!("interrupted after {done} of {all} cases");
    Failure::new(Kind::Interrupted, "interrupted", message)
        .hint("the same command with `--resume` goes on from there")
}

fn not_saved(error: NotSaved) -> Failure {
    let failure = match &error {
        NotSaved::Nothing { .. } => {
            Failure::usage("nothing_saved", error.to_string()).hint("leave `--resume` out to begin")
        }
        NotSaved::Differs { .. } => Failure::usage("resume_mismatch", error.to_string())
            .hint("leave `--resume` out to begin again"),
        NotSaved::Io { .. } => Failure::failed("not_saved", error.to_string()),
    };
    failure.because(error)
}

fn no_such_case(error: &NoSuchCase) -> Failure {
    let hint = match &error.nearest {
        Some(known) => format!("did you mean `{known}`?"),
        None => "the suite's file names its cases and tags".to_owned(),
    };
    Failure::usage("unknown_case", error.to_string()).hint(hint)
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
