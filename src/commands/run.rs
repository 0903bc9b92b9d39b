//! `aldo run`: an agent does its work on the model the router chooses.

use std::path::PathBuf;

use aldo_models::{DeviceChoice, Quantize};

use super::{Context, quantize};
use crate::failure::Failure;
use crate::router::{Outcome as Chosen, Route};
use crate::ui::Outcome;

mod again;
mod approve;
mod decide;
pub(super) mod device;
mod dry;
mod execute;
mod failover;
mod hosted;
mod inputs;
pub(super) mod interrupt;
mod pool;
mod refusal;
mod run_wire;
mod seal;
mod show;
mod task;
pub(super) mod threads;
mod tree;

use decide::Plan;
pub(super) use run_wire::UsageDocument;

pub(super) use again::{Again, Changed, edited, resume};
pub(super) use inputs::text;
pub(super) use show::result_line;

/// What can be typed after `aldo run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The agent: a name from `aldo agents ls`, or the path of a spec.
    agent: String,
    /// What it works on: JSON, `@FILE`, or `-` for stdin. Text that is not JSON is taken as the task.
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    inputs: Option<String>,
    /// Where it may run: `auto` chooses, `local` stays here, `hosted` goes to the hosted plane.
    #[arg(long, value_name = "WHERE", default_value_t, hide_default_value = true)]
    route: Route,
    /// The model, instead of what the router would choose: an id from `aldo models ls`, or a path.
    #[arg(long, value_name = "ID|PATH")]
    model: Option<String>,
    /// A catalogue of models, over the ones found: YAML, `kind: ModelCatalog`.
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
    /// Run a sensitive agent even though the system cannot keep the run on this machine; written down.
    #[arg(long)]
    no_seal: bool,
    /// Approve the calls that the agent's spec foresees, without asking.
    #[arg(long, short)]
    yes: bool,
    /// Print what would be chosen and why, and send nothing to a model.
    #[arg(long)]
    dry_run: bool,
    /// The project the run is written down for.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// The most the run may cost, in US dollars.
    #[arg(long, value_name = "USD", value_parser = crate::config::parse_usd)]
    max_usd: Option<f64>,
    /// The seed: the same one gives the same text on the same machine.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    seed: u64,
    /// What computes: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device::parse)]
    #[arg(hide_default_value = true)]
    device: DeviceChoice,
    /// How many threads compute; without it, one for each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Make the weights of a model that runs in this process smaller while they are loaded: `q4_k`,
    /// `q8_0` and others.
    #[arg(long, value_name = "TYPE", value_parser = quantize::parse)]
    quantize: Option<Quantize>,
    /// The most tokens an answer may have.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
}

/// Sees to what cannot be changed once the program has begun; does not return where it starts over.
pub(super) fn prepare(args: &Args) -> Result<(), Failure> {
    args.threads.map_or(Ok(()), threads::insist)
}

/// Runs the agent, or says what would run it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let plan = Plan::make(ctx, args)?;
    if args.dry_run {
        return Ok(dry::show(&plan));
    }
    match &plan.decision.outcome {
        Chosen::Local { .. } => match &plan.crew {
            Some(crew) => tree::run(ctx, args, &plan, crew),
            None => execute::run(ctx, args, plan),
        },
        Chosen::Hosted => hosted::run(ctx, args, &plan),
        Chosen::Refused(refused) => Ok(refusal::conclude(ctx, args, &plan, refused)),
    }
}
