//! Programs that tools start: each under a supervisor of its own, a second process of aldo that
//! closes the program in before it begins and outlives everything it leaves behind.
//!
//! Knows no tool: an [`Order`] says what to run and what it may touch, a [`Report`] what came of it.

mod kept;
mod launcher;
mod order;
mod system;

pub use launcher::{Launcher, Served};
pub use order::{Ended, Kept, Order, Report, Streams, Written};

/// What a supervisor is started with, in place of a command.
pub(crate) const WORD: &str = "__sealed";

/// Is the supervisor: reads one order, runs the program, reports, and leaves nothing running.
pub(crate) fn supervise() -> std::process::ExitCode {
    system::supervise()
}

/// Why a program was not started, in words for the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct LaunchError {
    /// In a sentence.
    pub reason: String,
}

impl LaunchError {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}
