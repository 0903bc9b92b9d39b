//! What a supervisor is told, and what it answers: one line of JSON each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The longest order, in bytes; the arguments of a program are most of it.
pub(super) const ORDER_BYTES_MAX: usize = 4 << 20;

/// A program to run, and what it may touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// A name that is looked up in `PATH`, or an absolute path.
    pub program: String,
    /// Its arguments; no shell reads them.
    pub args: Vec<String>,
    /// The folder it begins in.
    pub folder: PathBuf,
    /// What it may read, besides the system's own programs and libraries.
    pub read: Vec<PathBuf>,
    /// What it may read, write, make and remove.
    pub write: Vec<PathBuf>,
    /// Whether it may connect to other machines.
    pub network: bool,
    /// How long it may take.
    pub timeout_ms: Option<u64>,
    /// Who is at the other end of its streams.
    pub streams: Streams,
    /// Which part of what it writes is reported.
    pub kept: Kept,
}

/// Which part of a stream is reported, and of how many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Its beginning.
    Start(usize),
    /// Its end.
    End(usize),
}

/// Who is at the other end of a program's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Streams {
    /// Nobody is: its input is empty, and the end of its output is reported.
    Reported,
    /// aldo is: it writes to its input and reads its output, and ends it by closing the input.
    Connected,
}

/// What came of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// What it wrote to its output.
    pub stdout: Written,
    /// What it wrote to its error output.
    pub stderr: Written,
    /// How many processes it had left behind, which were stopped.
    pub left_behind: usize,
}

/// A part of what was written to a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The text; what is no UTF-8 is replaced.
    pub text: String,
    /// How many bytes came before it, or after it, and are not shown.
    pub left_out_bytes: u64,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, which nobody here sent.
    Signaled(i32),
    /// It took longer than it may, and was stopped.
    TimedOut,
    /// It started more processes than it may, and was stopped.
    TooManyProcesses,
    /// Whoever had asked for it did not want it any more.
    Canceled,
    /// It was not started, for this reason.
    NotStarted(String),
}
