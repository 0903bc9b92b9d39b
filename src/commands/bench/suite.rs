//! `aldo bench --suite`: every case on every model, one after another, saved after each.

use aldo_backends::Backend;
use jiff::Timestamp;
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

use super::subject::Subject;
use super::{Args, judges, rate, show};
use crate::agent::Cancel;
use crate::bench::compare::{self, Change};
use crate::bench::judge::Judges;
use crate::bench::machine::Machine;
use crate::bench::report_wire::{FORMAT, Report, SuiteHead};
use crate::bench::run::{self, Setting};
use crate::bench::saved::{self, NotSaved, Saved};
use crate::bench::suite::{Suite, Suites, UnknownSuite};
use crate::bench::{ask, html};
use crate::commands::Context;
use crate::commands::run::interrupt;
use crate::failure::{Failure, Kind};
use crate::ui::Outcome;

/// What scripts read.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a [Change]>,
}

/// Rates every model.
pub(super) fn run(ctx: &Context, args: &Args, name: &str) -> Result<Outcome, Failure> {
    let suite = find(ctx, name)?;
    let before = args.compare.as_deref().map(|path| {
        saved::read(path).map_err(|error| {
            let message = format!("cannot compare with `{}`", path.display());
            Failure::usage("bad_report", message).because(error)
        })
    });
    let before = before.transpose()?;
    let mut work = Work::begin(ctx, args, suite)?;
    work.all()?;
    work.conclude(before.as_ref())
}

/// Finds a suite by name or path.
///
/// # Errors
/// A usage failure when there is none, or it is wrong.
fn find(ctx: &Context, name: &str) -> Result<Suite, Failure> {
    let suites = Suites {
        project: ctx.config.folders.project.clone(),
    };
    suites.find(name).map_err(|error| unknown(&error))
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

/// A suite on its way through the models.
struct Work<'a> {
    ctx: &'a Context<'a>,
    args: &'a Args,
    suite: Suite,
    subjects: Vec<Subject>,
    judges: Judges,
    report: Report,
    saved: Saved,
    cancel: Cancel,
    runtime: Runtime,
}

impl<'a> Work<'a> {
    fn begin(ctx: &'a Context<'a>, args: &'a Args, suite: Suite) -> Result<Self, Failure> {
        let tier = suite.tier.unwrap_or(ctx.config.default_privacy);
        let typed: Vec<Option<&str>> = if args.model.is_empty() {
            vec![None]
        } else {
            args.model
                .iter()
                .map(|model| Some(model.as_str()))
                .collect()
        };
        let subjects = typed
            .into_iter()
            .map(|typed| Subject::find(ctx, args, typed, tier))
            .collect::<Result<Vec<_>, _>>()?;
        let cancel = Cancel::new();
        interrupt::listen(cancel.clone())?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))?;
        let judges = runtime.block_on(judges::open(ctx, &suite, tier))?;
        let mut report = head(args, &suite, &subjects)?;
        let models: Vec<String> = subjects
            .iter()
            .map(|subject| format!("{}-{}", subject.candidate.provider, subject.candidate.id))
            .collect();
        let folder = ctx.config.folders.state.join("bench");
        let name = format!("{}@{}", suite.name, suite.version);
        let saved = Saved::at(&folder, &name, &models);
        if args.resume {
            report = gone_on_with(&saved, &name, report)?;
        }
        Ok(Self {
            ctx,
            args,
            suite,
            subjects,
            judges,
            report,
            saved,
            cancel,
            runtime,
        })
    }

    fn all(&mut self) -> Result<(), Failure> {
        self.save()?;
        for index in 0..self.subjects.len() {
            self.model(index)?;
        }
        self.report.conclude();
        self.save()
    }

    /// Asks one model what it was not asked yet; a model that cannot be asked costs its own rows only.
    fn model(&mut self, index: usize) -> Result<(), Failure> {
        if self.report.models[index].cases.len() == self.suite.cases.len() {
            return Ok(());
        }
        let window = self.report.models[index].context_tokens as usize;
        let engine = Subject::engine(self.args, window);
        let opened = self
            .runtime
            .block_on(self.subjects[index].open(self.ctx, engine));
        let backend = match opened {
            Ok(backend) => backend,
            Err(failure) => {
                self.report.models[index].error = Some(failure.sentence());
                return self.save();
            }
        };
        match self
            .runtime
            .block_on(run::warm_up(backend.as_ref(), &self.cancel))
        {
            Ok(usage) => {
                let model = &mut self.report.models[index];
                let in_process = self.subjects[index].candidate.source.is_in_process();
                model.load_ms = in_process.then_some(usage.load_ms);
                model.cold_first_token_ms = Some(usage.first_token_ms - usage.load_ms);
            }
            Err(ask::Cut::Canceled) => return Err(self.interrupted()),
            Err(cut @ (ask::Cut::TooLong { .. } | ask::Cut::Backend(_))) => {
                self.report.models[index].error = Some(cut.reason());
                return self.save();
            }
        }
        self.cases(index, backend.as_ref(), window)?;
        // Made smaller while it was loaded, it is not the model that others would get.
        if self.args.quantize.is_none() {
            rate::keep(
                self.ctx,
                &self.suite,
                &self.report,
                &self.report.models[index],
            );
        }
        Ok(())
    }

    fn cases(&mut self, index: usize, backend: &dyn Backend, window: usize) -> Result<(), Failure> {
        let tested = &self.subjects[index];
        let subject = run::Subject {
            backend,
            provides: &tested.candidate.provides,
            window,
            bytes_per_token: tested.bytes_per_token(),
            in_process: tested.candidate.source.is_in_process(),
        };
        let progress = self.ctx.ui.progress("cases");
        let total = self.suite.cases.len();
        for number in self.report.models[index].cases.len()..total {
            progress.set(number, total);
            let setting = Setting {
                repeat: self.args.repeat,
                cancel: &self.cancel,
                judges: &self.judges,
            };
            let asked = run::case(&self.suite.cases[number], &subject, &setting);
            let Ok(row) = self.runtime.block_on(asked) else {
                return Err(self.interrupted());
            };
            let model = &mut self.report.models[index];
            model.cases.push(row);
            model.sum_up(self.suite.pass_threshold);
            self.save()?;
        }
        Ok(())
    }

    fn interrupted(&self) -> Failure {
        let done: usize = self
            .report
            .models
            .iter()
            .map(|model| model.cases.len())
            .sum();
        let all = self.suite.cases.len() * self.report.models.len();
        let message = format!("interrupted after {done} of {all} cases");
        Failure::new(Kind::Interrupted, "interrupted", message)
            .hint("the same command with `--resume` goes on from there")
    }

    fn save(&self) -> Result<(), Failure> {
        self.saved.write(&self.report).map_err(not_saved)
    }

    fn conclude(self, before: Option<&Report>) -> Result<Outcome, Failure> {
        let changes = before.map(|before| compare::changes(before, &self.report));
        if let Some(path) = &self.args.html {
            let page = html::page(&self.report, &self.suite.description);
            std::fs::write(path, page).map_err(|error| {
                let message = format!("cannot write `{}`", path.display());
                Failure::failed("html", message).because(error)
            })?;
        }
        if let Some(before) = before
            && before.suite.digest != self.report.suite.digest
        {
            self.ctx
                .ui
                .warn("the report compared with is of another version of the suite");
        }
        let page = show::page(&self.report, changes.as_deref(), self.ctx.ui.verbose());
        let document = Document {
            report: &self.report,
            changes: changes.as_deref(),
        };
        let outcome = Outcome::new(&document, page);
        Ok(match show::failure(&self.report) {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        })
    }
}

fn head(args: &Args, suite: &Suite, subjects: &[Subject]) -> Result<Report, Failure> {
    let models = subjects
        .iter()
        .map(|subject| subject.report(args, subject.window(args, suite)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Report {
        ok: false,
        format: FORMAT.to_owned(),
        suite: SuiteHead {
            name: suite.name.clone(),
            version: suite.version.clone(),
            digest: suite.digest.clone(),
            cases: suite.cases.len(),
            pass_threshold: suite.pass_threshold,
        },
        started_at: Timestamp::now().to_string(),
        machine: Machine::here(),
        repeat: args.repeat,
        complete: false,
        models,
    })
}

/// Takes the rows that are saved over into `wanted`.
fn gone_on_with(saved: &Saved, name: &str, wanted: Report) -> Result<Report, Failure> {
    let was = saved.read(name).map_err(not_saved)?;
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
