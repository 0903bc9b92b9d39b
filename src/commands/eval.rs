//! `aldo eval`: how good the answers of an agent are, with its own instructions and tools.

use clap::Subcommand;

use super::Context;
use super::bench::{self, How};
use crate::failure::Failure;
use crate::ui::Outcome;

mod agent;
mod gate;

pub(crate) use gate::{Gate, gates};

/// What can be typed after `aldo eval`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge an agent by a suite.
    Run(RunArgs),
    /// Judge several models by a suite, or an agent on each of them.
    Sweep(SweepArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// The suite: its name, or the path of a file or folder.
    suite: String,
    /// The agent: a name from `aldo agents ls`, or the path of a spec.
    #[arg(long, value_name = "NAME|PATH")]
    agent: String,
    /// The model, instead of what the router would choose: an id from `aldo models ls`, or a path.
    #[arg(long, value_name = "ID|PATH")]
    model: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct SweepArgs {
    /// The suite: its name, or the path of a file or folder.
    suite: String,
    /// The agent; without it the models alone are judged.
    #[arg(long, value_name = "NAME|PATH")]
    agent: Option<String>,
    /// The models, a comma list: ids from `aldo models ls`, or paths.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    models: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Does it.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let (suite, agent, models, how) = match &args.command {
        Command::Run(args) => {
            let models = vec![args.model.clone()];
            (&args.suite, args.agent.as_str(), models, &args.how)
        }
        Command::Sweep(args) => {
            let Some(agent) = &args.agent else {
                let typed = bench::Args::of_models(args.models.clone(), args.how.clone());
                return bench::rated(ctx, &typed, &args.suite);
            };
            let models = args.models.iter().cloned().map(Some).collect();
            (&args.suite, agent.as_str(), models, &args.how)
        }
    };
    let suite = bench::find(ctx, suite, &how.only)?;
    let before = how.compare.as_deref().map(bench::earlier).transpose()?;
    let kept = if how.resume {
        agent::Kept::Resumed
    } else {
        agent::Kept::Saved
    };
    let report = agent::judge(ctx, &suite, agent, &models, how.repeat, kept)?;
    let told = bench::Told {
        html: how.html.as_deref(),
        before: before.as_ref(),
    };
    bench::tell(ctx, &suite, &report, told)
}
