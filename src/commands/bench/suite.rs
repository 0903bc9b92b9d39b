//! `aldo bench --suite`: every case on every model, one after another, saved after each.

use aldo_backends::Backend;
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

use super::subject::Subject;
use super::tell::{self, Told};
use super::{Args, judges, rate};
use crate::agent::Cancel;
use crate::bench::ask;
use crate::bench::judge::Judges;
use crate::bench::machine::Machine;
use crate::bench::report_wire::{FORMAT, Report, SuiteHead};
use crate::bench::run::{self, Setting};
use crate::bench::saved::{self, NotSaved, Saved};
use crate::bench::suite::Suite;
use crate::commands::Context;
use crate::commands::run::interrupt;
use crate::failure::{Failure, Kind};
use crate::ui::Outcome;

/// Rates every model.
pub(crate) fn run(ctx: &Context, args: &Args, name: &str) -> Result<Outcome, Failure> {
    let suite = tell::find(ctx, name)?;
    let before = args.compare.as_deref().map(tell::earlier).transpose()?;
    let mut work = Work::begin(ctx, args, suite)?;
    work.all()?;
    let told = Told {
        html: args.html.as_deref(),
        before: before.as_ref(),
    };
    tell::tell(ctx, &work.suite, &work.report, told)
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
        let subjects = args
            .typed()
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
            Err(cut @ (ask::Cut::TooLong { .. } | ask::Cut::Backend(_) | ask::Cut::Run { .. })) => {
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
}

fn head(args: &Args, suite: &Suite, subjects: &[Subject]) -> Result<Report, Failure> {
    let models = subjects
        .iter()
        .map(|subject| subject.report(args, subject.window(args, suite)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Report {
        ok: false,
        format: FORMAT.to_owned(),
        suite: SuiteHead::of(suite),
        agent: None,
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
