//! `aldo bench --suite`: every case on every model, one after another, saved after each.

use std::cell::Cell;

use aldo_backends::{Backend, Usage};
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

use super::subject::Subject;
use super::tell::{self, Told};
use super::{Args, judges, rate};
use crate::agent::Cancel;
use crate::bench::ask;
use crate::bench::judge::Judges;
use crate::bench::machine::Machine;
use crate::bench::report_wire::{CaseRow, FORMAT, Report, SuiteHead};
use crate::bench::run::{self, Ended, Setting};
use crate::bench::saved::Saved;
use crate::bench::suite::Suite;
use crate::bench::warm;
use crate::capabilities::Capability;
use crate::commands::Context;
use crate::commands::run::interrupt;
use crate::failure::Failure;
use crate::ui::Outcome;

/// Rates every model.
pub(crate) fn run(ctx: &Context, args: &Args, name: &str) -> Result<Outcome, Failure> {
    let suite = tell::find(ctx, name, &args.only)?;
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
            report = tell::gone_on_with(&saved, &name, report)?;
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
        let warmed = warm::warm_up(backend.as_ref(), &self.cancel, warm::LIMIT);
        let warmed = match self.runtime.block_on(warmed) {
            Ok(usage) => usage,
            Err(ask::Cut::Canceled) => return Err(self.interrupted()),
            Err(cut @ (ask::Cut::TooLong { .. } | ask::Cut::Backend(_) | ask::Cut::Run { .. })) => {
                self.report.models[index].error = Some(cut.reason());
                return self.save();
            }
        };
        let model = &mut self.report.models[index];
        let in_process = self.subjects[index].candidate.source.is_in_process();
        model.load_ms = in_process.then_some(warmed.load_ms);
        model.cold_first_token_ms = Some(warmed.first_token_ms - warmed.load_ms);
        self.cases(index, backend.as_ref(), warmed)?;
        // A part of the suite, or a model made smaller while it was loaded, is not what others get.
        let whole = self.report.models[index].error.is_none() && !self.suite.is_part;
        if whole && self.args.quantize.is_none() {
            let model = &self.report.models[index];
            rate::keep(self.ctx, &self.suite, &self.report, model);
        }
        Ok(())
    }

    fn cases(&mut self, index: usize, backend: &dyn Backend, warmed: Usage) -> Result<(), Failure> {
        let tested = &self.subjects[index];
        let model = &self.report.models[index];
        let reasoned = |row: &CaseRow| row.tries.iter().any(|one| !one.reasoning.is_empty());
        let thinks = tested.can(&Capability::REASONING) || model.cases.iter().any(reasoned);
        let subject = run::Subject {
            backend,
            provides: &tested.candidate.provides,
            window: model.context_tokens as usize,
            bytes_per_token: self.bytes_per_token(index, backend, warmed),
            in_process: tested.candidate.source.is_in_process(),
            thinks: Cell::new(thinks),
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
            let row = match self.runtime.block_on(asked) {
                Ok(row) => row,
                Err(Ended::Interrupted) => return Err(self.interrupted()),
                Err(Ended::Gone(why)) => {
                    let case = &self.suite.cases[number].id;
                    let reason = format!("it answers no more since `{case}`: {why}");
                    self.report.models[index].error = Some(reason);
                    return self.save();
                }
            };
            let model = &mut self.report.models[index];
            model.cases.push(row);
            model.sum_up(self.suite.pass_threshold);
            self.save()?;
        }
        Ok(())
    }

    /// How many bytes of filler a token of a model stands for: by its tokenizer, or by what its server
    /// counts, where the suite has filler at all.
    fn bytes_per_token(&self, index: usize, backend: &dyn Backend, warmed: Usage) -> f64 {
        let tested = &self.subjects[index];
        let mut prompts = self.suite.cases.iter().map(|case| &case.prompt);
        if tested.checkpoint().is_some() || prompts.all(|prompt| prompt.filler_tokens().is_none()) {
            return tested.bytes_per_token();
        }
        let window = self.report.models[index].context_tokens as usize;
        let measured = warm::bytes_per_token(backend, &self.cancel, warmed, window);
        let measured = self.runtime.block_on(measured);
        measured.unwrap_or_else(|| tested.bytes_per_token())
    }

    fn interrupted(&self) -> Failure {
        tell::interrupted(&self.report)
    }

    fn save(&self) -> Result<(), Failure> {
        tell::save(&self.saved, &self.report)
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
