//! The commands, one a file: what can be typed after it (`Args`) and what it does (`run`).

use clap::Subcommand;

use crate::cli::Cli;
use crate::config::Config;
use crate::env::Environment;
use crate::failure::Failure;
use crate::telemetry::Telemetry;
use crate::ui::{Outcome, Ui};

pub(crate) mod access;
pub(crate) mod agents;
mod answers;
pub(crate) mod backend;
pub(crate) mod bench;
mod completions;
pub(crate) mod crew;
mod doctor;
pub(crate) mod eval;
pub(crate) mod model;
mod models;
mod prove;
mod quantize;
pub(crate) mod ratings;
mod run;
pub(crate) mod runs;
mod served;
mod status;
pub(crate) mod store;
pub(crate) mod toolbox;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The merged configuration.
    pub(crate) config: Config,
    /// The environment as it was at the start.
    pub(crate) environment: Environment,
    /// Who hears of runs, besides the store.
    pub(crate) telemetry: Telemetry,
    /// Where things are shown.
    pub(crate) ui: &'a Ui,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an agent.
    Run(run::Args),
    /// Pull, list, discover, inspect, verify, bundle and remove models.
    Models(models::Args),
    /// List, show, validate and check agents.
    Agents(agents::Args),
    /// Say how good and how fast models are.
    Bench(bench::Args),
    /// Judge the answers of an agent, or of several models.
    Eval(eval::Args),
    /// List and show past runs.
    Runs(runs::Args),
    /// Say what works on this machine, what does not, and why.
    Doctor,
    /// Show on this machine that what aldo promises holds.
    Prove(prove::Args),
    /// Print a script that completes commands in a shell.
    Completions(completions::Args),
}

/// Runs the command that was typed.
pub(crate) fn run(cli: Cli, ui: &Ui) -> Result<Outcome, Failure> {
    match cli.command {
        None => Ok(status::run(&Context::load(ui)?)),
        Some(Command::Run(args)) => {
            run::prepare(&args)?;
            Context::load(ui)?.told(|ctx| run::run(ctx, &args))
        }
        Some(Command::Bench(args)) => {
            bench::prepare(&args)?;
            bench::run(&Context::load(ui)?, &args)
        }
        Some(Command::Eval(args)) => eval::run(&Context::load(ui)?, &args),
        Some(Command::Models(args)) => models::run(&Context::load(ui)?, &args),
        Some(Command::Doctor) => Ok(doctor::run(&Context::load(ui)?)),
        Some(Command::Prove(args)) => prove::run(&Context::load(ui)?, &args),
        Some(Command::Completions(args)) => Ok(completions::run(&args)),
        Some(Command::Agents(args)) => agents::run(&Context::load(ui)?, &args),
        Some(Command::Runs(args)) => Context::load(ui)?.told(|ctx| runs::run(ctx, &args)),
    }
}

impl<'a> Context<'a> {
    /// Merges the configuration and says what of it was ignored.
    ///
    /// # Errors
    /// A usage failure when a layer cannot be used.
    pub(crate) fn load(ui: &'a Ui) -> Result<Self, Failure> {
        let environment = Environment::read();
        let config = Config::load(&environment)?;
        if config.offline {
            aldo_backends::go_offline();
        }
        for warning in &config.warnings {
            ui.warn(warning);
        }
        Ok(Self {
            telemetry: Telemetry::new(&config),
            config,
            environment,
            ui,
        })
    }

    /// Does `work`, and then sends what is left to be told of its runs.
    fn told(
        &self,
        work: impl FnOnce(&Self) -> Result<Outcome, Failure>,
    ) -> Result<Outcome, Failure> {
        let outcome = work(self);
        self.telemetry.conclude(self.ui);
        outcome
    }
}
