//! A process that tries every way out, as it is or sealed first.

use aldo_backends::proof::{self, Tried};
use aldo_backends::seal::{self, Files, Seal};
use clap::ValueEnum;
use serde_json::json;

use super::network::{STRANGER, STRANGER_V6};
use crate::failure::Failure;
use crate::ui::{Outcome, Page};

/// What can be typed after `aldo prove leak`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is sent.
    #[arg(long)]
    text: String,
    /// How it is closed first.
    #[arg(long, value_enum)]
    seal: Sealing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sealing {
    /// Not at all.
    None,
    /// As a sensitive run with its model in process.
    InProcess,
    /// As the programs that tools start.
    Tool,
}

/// Tries; exits with 0 when every way was open, with 1 when every way was refused, with 4 for a part.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let tried = tried(args)?;
    let refused = tried.iter().filter(|tried| tried.refused.is_some()).count();
    let outcome = Outcome::new(&json!({"tried": tried}), Page::new());
    Ok(match refused {
        0 => outcome,
        all if all == tried.len() => {
            outcome.failing(Failure::failed("all_refused", "no way was open"))
        }
        _ => outcome.failing(Failure::new(
            crate::failure::Kind::Backend,
            "some_refused",
            "some ways were open and some were not",
        )),
    })
}

fn tried(args: &Args) -> Result<Vec<Tried>, Failure> {
    let leak = || proof::leak(STRANGER, STRANGER_V6, &args.text);
    let failed =
        |error| Failure::refused("seal_unavailable", "the process cannot be sealed").because(error);
    match args.seal {
        Sealing::None => Ok(leak()),
        Sealing::InProcess => {
            seal::apply(Seal::InProcess, &Files::default()).map_err(failed)?;
            Ok(leak())
        }
        Sealing::Tool => seal::within(&Files::default(), leak).map_err(failed),
    }
}
