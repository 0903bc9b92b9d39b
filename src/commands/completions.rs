//! `aldo completions`: a script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::ui::Outcome;

/// What can be typed after `aldo completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "aldo", &mut script);
    let script = String::from_utf8_lossy(&script);
    Outcome::script(&script)
}
