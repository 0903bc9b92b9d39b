//! The command line.

use std::process::ExitCode;

use aldo_backends::renderer;

pub mod agent;
pub mod bench;
mod cancel;
pub mod candidate;
pub mod capabilities;
mod catalog;
mod cli;
mod commands;
mod config;
mod crash;
mod discovery;
mod env;
mod failure;
#[doc(hidden)]
pub mod fuzz;
mod hosted;
mod log;
mod nearest;
#[cfg(test)]
#[path = "../tests/support/raw_server.rs"]
mod raw_server;
pub mod router;
pub mod spec;
pub mod store;
mod supervise;
mod telemetry;
pub mod tools;
mod ui;
pub mod yaml;

/// Runs the program: reads what was typed, does it, and gives the exit code.
pub fn main() -> ExitCode {
    // Where it cannot be forbidden, `doctor` and the limits of the shell are what is left.
    let _ = aldo_backends::seal::forbid_core_files();
    let typed: Vec<_> = std::env::args_os().collect();
    if typed.get(1).is_some_and(|word| word == tools::WORD) {
        return tools::supervise();
    }
    if renderer::asked_for(&typed) {
        return ExitCode::from(renderer::serve());
    }
    renderer::install();
    let code = match cli::parse(&typed) {
        Ok(cli) => {
            let ui = cli.ui();
            log::start(ui.verbose());
            crash::keep_quiet();
            ui.conclude(crash::caught(|| commands::run(cli, &ui)))
        }
        Err(error) => ui::show_usage(&error, cli::asks_for_json(&typed)),
    };
    ExitCode::from(code)
}
