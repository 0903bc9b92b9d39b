//! The supervisor on Linux.

mod limits;
mod tree;
mod watch;

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};

use aldo_backends::seal::{self, Files, Outward};
use rustix::process::{getpid, set_child_subreaper, setsid};

use super::super::order::{Ended, ORDER_BYTES_MAX, Order, Report, Streams, Written};
use watch::watch;

/// Reads one order from its input, does it, and writes the report to its output.
pub(crate) fn supervise() -> ExitCode {
    let report = match order() {
        Ok(order) => carry_out(&order),
        Err(reason) => Some(not_started(reason)),
    };
    let Some(report) = report else {
        return ExitCode::SUCCESS;
    };
    let text = serde_json::to_vec(&report).unwrap_or_default();
    match io::stdout().write_all(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reads the first line, and nothing behind it: that may be for the program.
fn order() -> Result<Order, String> {
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    let read = io::BufRead::read_until(
        &mut Read::take(&mut stdin, ORDER_BYTES_MAX as u64),
        b'\n',
        &mut line,
    );
    read.map_err(|error| format!("the order cannot be read: {error}"))?;
    serde_json::from_slice(&line).map_err(|error| format!("the order is none: {error}"))
}

/// Nothing is reported of a program that aldo itself talks to.
fn carry_out(order: &Order) -> Option<Report> {
    match start(order) {
        Ok(child) => {
            let report = watch(child, order);
            match order.streams {
                Streams::Reported => Some(report),
                Streams::Connected => {
                    let _ = io::stderr().write_all(report.stderr.text.as_bytes());
                    None
                }
            }
        }
        Err(reason) => match order.streams {
            Streams::Reported => Some(not_started(reason)),
            Streams::Connected => {
                let _ = io::stderr().write_all(reason.as_bytes());
                None
            }
        },
    }
}

/// Starts the program in a session of its own, without a terminal, closed in before it begins. This
/// process stays outside, so that the program cannot send it signals.
fn start(order: &Order) -> Result<Child, String> {
    let apart = setsid().and_then(|_| set_child_subreaper(Some(getpid())));
    apart.map_err(|error| format!("the program cannot be kept together: {error}"))?;
    limits::set()?;
    let (stdin, stdout) = match order.streams {
        Streams::Reported => (Stdio::null(), Stdio::piped()),
        Streams::Connected => (Stdio::piped(), Stdio::inherit()),
    };
    let mut command = Command::new(&order.program);
    command.args(&order.args).current_dir(&order.folder);
    command.process_group(0).stdin(stdin);
    command.stdout(stdout).stderr(Stdio::piped());
    let existing = |paths: &[std::path::PathBuf]| {
        let paths = paths.iter().filter(|path| path.exists());
        paths.cloned().collect()
    };
    let files = Files {
        read: existing(&order.read),
        write: existing(&order.write),
    };
    let outward = if order.network {
        Outward::Internet
    } else {
        Outward::Nothing
    };
    match seal::confined(&files, outward, || command.spawn()) {
        Ok(Ok(child)) => Ok(child),
        Ok(Err(error)) => Err(refusal(order, &error)),
        Err(error) => Err(format!("the program cannot be closed in: {error}")),
    }
}

fn refusal(order: &Order, error: &io::Error) -> String {
    let program = &order.program;
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no program `{program}`"),
        io::ErrorKind::PermissionDenied => {
            format!(
                "`{program}` may not be run here, or lies in a folder that programs may not read"
            )
        }
        _ => format!("`{program}` does not start: {error}"),
    }
}

fn not_started(reason: String) -> Report {
    Report {
        ended: Ended::NotStarted(reason),
        stdout: Written::default(),
        stderr: Written::default(),
        left_behind: 0,
    }
}
