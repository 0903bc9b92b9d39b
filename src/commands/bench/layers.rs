//! `aldo bench` without a suite: how fast, layer by layer, cold and warm apart.

use clap::ValueEnum;
use jiff::Timestamp;

use super::Args;
use super::subject::Subject;
use crate::agent::Cancel;
use crate::bench::layers::{FORMAT, LayerTiming, ModelTiming, Timing};
use crate::bench::machine::Machine;
use crate::commands::Context;
use crate::commands::agents;
use crate::commands::run::interrupt;
use crate::config::parse_count;
use crate::env;
use crate::failure::{Failure, Kind};
use crate::ui::Outcome;

mod direct;
mod page;
mod programs;

pub(super) use direct::once;

/// The prompt where nobody gives one.
const PROMPT: &str = "Explain in three sentences how the moon makes the tides.";
/// The agent of the layer `run`.
const AGENT: &str = "hello";
/// The agent of the layer `cascade`.
const SUPERVISOR: &str = "principal";

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Layer {
    /// The model alone.
    Direct,
    /// An agent.
    Run,
    /// One cycle of the coding agent.
    Code,
    /// The agency.
    Cascade,
}

/// What every layer is given.
pub(super) struct Plan<'a> {
    pub(super) ctx: &'a Context<'a>,
    pub(super) args: &'a Args,
    pub(super) cancel: &'a Cancel,
    pub(super) prompt: String,
    pub(super) tokens_max: u32,
    pub(super) runs: u32,
}

/// Times every model.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let cancel = Cancel::new();
    interrupt::listen(cancel.clone())?;
    let plan = Plan::new(ctx, args, &cancel)?;
    if args.probe {
        return once(&plan);
    }
    let tier = ctx.config.default_privacy;
    let subjects = args
        .typed()
        .map(|typed| Ok((typed, Subject::find(ctx, args, typed, tier)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut timing = Timing {
        ok: false,
        format: FORMAT,
        started_at: Timestamp::now().to_string(),
        machine: Machine::here(),
        prompt: plan.prompt.clone(),
        tokens_max: plan.tokens_max,
        runs: plan.runs,
        models: Vec::new(),
    };
    for (typed, subject) in &subjects {
        timing.models.push(plan.model(*typed, subject)?);
    }
    let mut layers = timing.models.iter().flat_map(|model| &model.layers);
    timing.ok = layers.all(LayerTiming::is_done);
    let outcome = Outcome::new(&timing, page::page(&timing));
    if timing.ok {
        return Ok(outcome);
    }
    let layers = timing.models.iter().flat_map(|model| &model.layers);
    let why = layers
        .filter(|layer| !layer.is_done())
        .find_map(|layer| Some(format!("`{}`: {}", layer.layer, layer.missing.as_ref()?)));
    let message = format!("not everything could be timed: {}", why.unwrap_or_default());
    Ok(outcome.failing(Failure::new(Kind::Backend, "not_timed", message)))
}

impl<'a> Plan<'a> {
    fn new(ctx: &'a Context, args: &'a Args, cancel: &'a Cancel) -> Result<Self, Failure> {
        let count = |typed: Option<u32>, variable| -> Result<u32, Failure> {
            let setting = ctx.config.setting(variable).filter(|_| typed.is_none());
            let count = setting.map(|setting| setting.parse_with(parse_count));
            let count = count.transpose()?;
            let count = count.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
            Ok(typed.or(count).unwrap_or(1))
        };
        let prompt = ctx.config.setting(&env::BENCH_PROMPT);
        let prompt = prompt.map_or(PROMPT, |setting| setting.value.as_str());
        Ok(Self {
            ctx,
            args,
            cancel,
            prompt: args.prompt.clone().unwrap_or_else(|| prompt.to_owned()),
            tokens_max: count(args.max_tokens, &env::BENCH_MAX_TOKENS)?,
            runs: count(args.runs, &env::BENCH_RUNS)?,
        })
    }

    fn model(&self, typed: Option<&str>, subject: &Subject) -> Result<ModelTiming, Failure> {
        let progress = self.ctx.ui.progress("layers");
        let mut layers = Vec::new();
        for (number, layer) in self.args.layers.iter().enumerate() {
            progress.set(number, self.args.layers.len());
            layers.extend(self.layer(*layer, typed, subject)?);
        }
        let overhead = layers
            .iter()
            .filter(|layer: &&LayerTiming| layer.layer == "run")
            .filter_map(|layer| Some(layer.figures.as_ref()?.median.bootstrap_ms));
        Ok(ModelTiming {
            model: subject.candidate.id.clone(),
            provider: subject.candidate.provider.clone(),
            locality: subject.candidate.locality.to_string(),
            device: subject.device(self.args)?,
            overhead_ms: crate::bench::stats::median(overhead),
            layers,
        })
    }

    fn layer(
        &self,
        layer: Layer,
        typed: Option<&str>,
        subject: &Subject,
    ) -> Result<Vec<LayerTiming>, Failure> {
        match layer {
            Layer::Direct => direct::time(self, typed, subject),
            Layer::Run => programs::agent(self, "run", AGENT, &self.prompt, typed, subject),
            Layer::Code => {
                let why = "not there yet: this aldo has no `aldo code`".to_owned();
                Ok(vec![LayerTiming::skipped("code", why)])
            }
            Layer::Cascade => self.cascade(typed, subject),
        }
    }

    /// The agency's supervisor takes a brief.
    fn cascade(&self, typed: Option<&str>, subject: &Subject) -> Result<Vec<LayerTiming>, Failure> {
        if agents::places(self.ctx).find(SUPERVISOR).is_err() {
            let why = format!("not there yet: there is no agent `{SUPERVISOR}`");
            return Ok(vec![LayerTiming::skipped("cascade", why)]);
        }
        let inputs = serde_json::json!({ "brief": self.prompt }).to_string();
        programs::agent(self, "cascade", SUPERVISOR, &inputs, typed, subject)
    }
}
