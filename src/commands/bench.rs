//! `aldo bench`: how good and how fast models are.

use std::path::PathBuf;

use aldo_models::{DeviceChoice, Quantize};

use super::run::{device, threads};
use super::{Context, quantize};
use crate::failure::Failure;
use crate::ui::Outcome;

mod judges;
mod layers;
mod rate;
mod show;
mod subject;
mod suite;
mod tell;

pub(crate) use judges::open as judges;
pub(crate) use suite::run as rated;
pub(crate) use tell::{Told, earlier, find, gone_on_with, interrupted, save, tell};

/// What can be typed after `aldo bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A suite of cases: its name, or the path of a file or folder. Without it, how fast: timing layers.
    #[arg(long, value_name = "ID|PATH")]
    suite: Option<String>,
    /// A model: an id from `aldo models ls`, `PROVIDER:ID`, or a path; again for the next one.
    #[arg(long, value_name = "ID|PATH")]
    model: Vec<String>,
    /// A catalogue of models, over the ones found: YAML, `kind: ModelCatalog`.
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
    /// The layers to time: `direct` the model alone, `run` an agent, `code` one cycle, `cascade` the agency.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "suite"
    )]
    #[arg(default_value = "direct,run,code,cascade", hide_default_value = true)]
    layers: Vec<layers::Layer>,
    /// How often each layer is timed; without it as `BENCH_RUNS` says.
    #[arg(long, value_name = "N", conflicts_with = "suite")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: Option<u32>,
    /// What the model is asked in the timing layers; without it as `BENCH_PROMPT` says.
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "suite",
        allow_hyphen_values = true
    )]
    prompt: Option<String>,
    /// The most tokens of an answer in the timing layers; without it as `BENCH_MAX_TOKENS` says.
    #[arg(long, value_name = "N", conflicts_with = "suite")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=32_768))]
    max_tokens: Option<u32>,
    /// Have the system forget the files of the checkpoint before each cold run, where it lets you.
    #[arg(long, conflicts_with = "suite")]
    drop_cache: bool,
    /// Time the model alone once and print it for the process that began this one.
    #[arg(long, hide = true, conflicts_with = "suite")]
    probe: bool,
    /// Ask only these cases of the suite, a comma list of ids and tags; rates no model.
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "suite")]
    only: Vec<String>,
    /// How often each case is asked; the times are then medians, with their spread.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        hide_default_value = true,
        requires = "suite"
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100))]
    repeat: u32,
    /// Print what changed since the report in a file, which `--json` wrote.
    #[arg(long, value_name = "FILE", requires = "suite")]
    compare: Option<PathBuf>,
    /// Go on where this suite on these models was interrupted.
    #[arg(long, requires = "suite")]
    resume: bool,
    /// Write the report as one page: table, prompts, answers, a chart of quality and speed.
    #[arg(long, value_name = "FILE", requires = "suite")]
    html: Option<PathBuf>,
    /// The most tokens a model reads and writes together; longer prompts are made to fit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(256..))]
    context: Option<u32>,
    /// What computes: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device::parse)]
    #[arg(hide_default_value = true)]
    device: DeviceChoice,
    /// How many threads compute; without it, one for each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Make the weights of a model that runs in this process smaller while they are loaded.
    #[arg(long, value_name = "TYPE", value_parser = quantize::parse)]
    quantize: Option<Quantize>,
}

/// How a suite is asked and told of, by `aldo eval` as well.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct How {
    /// Ask only these cases of the suite, a comma list of ids and tags.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// How often each case is asked.
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeat: u32,
    /// Print what changed since the report in a file, which `--json` wrote.
    #[arg(long, value_name = "FILE")]
    pub(crate) compare: Option<PathBuf>,
    /// Go on where the same command was interrupted.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Write the report as one page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

impl Args {
    /// Each model that was typed; without any, the one nothing that leaves the choice to the router.
    fn typed(&self) -> impl Iterator<Item = Option<&str>> {
        let none = self.model.is_empty().then_some(None);
        none.into_iter()
            .chain(self.model.iter().map(|model| Some(model.as_str())))
    }

    /// What would be typed to rate `model`s by a suite and nothing else.
    pub(crate) fn of_models(model: Vec<String>, how: How) -> Self {
        let How {
            only,
            repeat,
            compare,
            resume,
            html,
        } = how;
        Self {
            suite: None,
            model,
            models: None,
            layers: Vec::new(),
            runs: None,
            prompt: None,
            max_tokens: None,
            drop_cache: false,
            probe: false,
            only,
            repeat,
            compare,
            resume,
            html,
            context: None,
            device: DeviceChoice::Auto,
            threads: None,
            quantize: None,
        }
    }
}

/// Sees to what cannot be changed once the program has begun; does not return where it starts over.
pub(super) fn prepare(args: &Args) -> Result<(), Failure> {
    args.threads.map_or(Ok(()), threads::insist)
}

/// Rates models, or times them.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    match &args.suite {
        Some(name) => suite::run(ctx, args, name),
        None => layers::run(ctx, args),
    }
}
