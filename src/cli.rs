//! What was typed: the flags every command has, and the command. Decides nothing.

use std::ffi::OsString;

use clap::{Args, Parser};

use crate::commands::Command;
use crate::ui::{Colour, Format, Ui};

/// Runs language-model agents on your own machine, with the model inside the process.
#[derive(Debug, Parser)]
#[command(
    name = "aldo",
    version,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The flags every command has.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print one JSON document on stdout, and nothing else there.
    #[arg(long, global = true, display_order = 100)]
    pub(crate) json: bool,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true, display_order = 101)]
    pub(crate) quiet: bool,
    /// Say more on stderr; twice for the program's own log.
    #[arg(long, short, global = true, display_order = 102, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Use colour; `NO_COLOR` and `CLICOLOR_FORCE` are respected.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    #[arg(
        hide_possible_values = true,
        hide_default_value = true,
        display_order = 103
    )]
    pub(crate) color: Colour,
}

/// Reads the command line.
///
/// # Errors
/// What clap has to say: help, version, or wrong usage.
pub(crate) fn parse(typed: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(typed)
}

/// Returns whether `--json` was typed, for command lines that could not be read.
pub(crate) fn asks_for_json(typed: &[OsString]) -> bool {
    typed
        .iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--json")
}

impl Cli {
    /// Returns the way to show things that was asked for.
    pub(crate) fn ui(&self) -> Ui {
        let format = if self.global.json {
            Format::Json
        } else {
            Format::Text
        };
        Ui::new(
            format,
            self.global.quiet,
            self.global.verbose,
            self.global.color,
        )
    }
}
