//! `shell.exec`: a program with arguments, closed in, in the shell's root.

use std::fmt::Write as _;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::context::Context;
use super::fs::{self, Before, Inside};
use super::guards::ShellGuards;
use super::problem::{Done, Problem};
use super::root::Root;
use super::sealed::{Ended, Kept, Order, Report, Streams, Written};
use crate::capabilities::PrivacyTier;
use crate::spec::{FilesystemPermission, NetworkPermission};

/// How long a program may take where the call does not say.
const TIMEOUT_MS_DEFAULT: u64 = 120_000;
/// How long a program may take.
const TIMEOUT_MS_MAX: u64 = 600_000;
/// How much of the end of each stream is shown, in bytes.
const TAIL_BYTES: usize = 8 << 10;
/// How many arguments a program may have, and how many bytes they.
const ARGUMENTS_MAX: usize = 4096;
const ARGUMENT_BYTES_MAX: usize = 128 << 10;

/// What makes git rewrite history or pass over checks: refused even where a spec allows git.
const REWRITES: [&str; 5] = [
    "--amend",
    "--no-verify",
    "--force",
    "-f",
    "--force-with-lease",
];

/// Runs a program with arguments; no shell reads them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Name of the program.
    program: String,
    /// Its arguments, one by one.
    args: Option<Vec<String>>,
    /// Folder to run in, below the root.
    cwd: Option<String>,
    /// Milliseconds until it is stopped.
    #[schemars(range(min = 1))]
    timeout_ms: Option<u64>,
}

/// Runs the program.
pub(super) async fn exec(call: &Arguments, context: &Context) -> Done {
    let root = context.roots.shell.as_ref();
    let root = root.ok_or_else(|| fs::off("ALDO_SHELL_ENABLED` and `ALDO_SHELL_ROOT"))?;
    let order = call.order(root, context)?;
    let before = match context.permissions.filesystem {
        FilesystemPermission::ReadWrite => Some(Before::look(root)),
        FilesystemPermission::None | FilesystemPermission::ReadOnly => None,
    };
    let report = context.launcher.run(&order, &[], &context.cancel).await;
    let undone = before.map(|before| before.undo(root)).unwrap_or_default();
    let told = told(&report.map_err(|error| Problem::failed(error.to_string()))?);
    if undone.is_empty() {
        return told;
    }
    let undone = undone.join("`, `");
    let note = format!("\n[`{undone}`: protected, what the program made of it was undone]");
    told.map(|text| text + &note)
        .map_err(|problem| problem.and(&note))
}

impl Arguments {
    fn order(&self, root: &Root, context: &Context) -> Result<Order, Problem> {
        self.check()?;
        context.guards.shell.check(&self.program, self.args())?;
        let (mut read, mut write) = (Vec::new(), Vec::new());
        match context.permissions.filesystem {
            FilesystemPermission::None => {
                let reason =
                    "the agent uses no files: its spec says `permissions.filesystem: none`";
                return Err(Problem::refused(reason));
            }
            FilesystemPermission::ReadOnly => read.push(root.path().to_owned()),
            FilesystemPermission::ReadWrite => write.push(root.path().to_owned()),
        }
        Ok(Order {
            program: program(&self.program, root)?,
            args: self.args().to_vec(),
            folder: folder(self.cwd.as_deref(), root)?,
            read,
            write,
            network: has_network(context),
            timeout_ms: Some(self.timeout_ms(&context.guards.shell)),
            streams: Streams::Reported,
            kept: Kept::End(TAIL_BYTES),
        })
    }

    /// How long the program may take: what the call says, within what the spec says.
    fn timeout_ms(&self, guards: &ShellGuards) -> u64 {
        let asked = self.timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT);
        let allowed = guards.timeout_ms_max.unwrap_or(TIMEOUT_MS_MAX);
        asked.min(allowed).min(TIMEOUT_MS_MAX)
    }

    fn args(&self) -> &[String] {
        self.args.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Result<(), Problem> {
        let texts = || self.args().iter().chain([&self.program]);
        if self.program.is_empty() {
            return Err(Problem::failed("`program` is empty"));
        }
        if self.program.contains(char::is_whitespace) {
            let reason = "`program` is one name: put the arguments into `args`, one by one";
            return Err(Problem::failed(reason));
        }
        if texts().any(|text| text.contains('\0')) {
            return Err(Problem::failed("an argument must not contain a zero byte"));
        }
        let too_long = texts().any(|text| text.len() > ARGUMENT_BYTES_MAX);
        if too_long || self.args().len() > ARGUMENTS_MAX {
            return Err(Problem::failed("the arguments are too long"));
        }
        Ok(())
    }
}

/// Whether programs may connect to other machines: a sensitive run's never, and one that may use
/// loopback alone neither, since the system does not tell addresses apart.
pub(super) fn has_network(context: &Context) -> bool {
    let permitted = match context.permissions.network {
        NetworkPermission::Full => true,
        NetworkPermission::None | NetworkPermission::Loopback => false,
    };
    permitted && context.tier != PrivacyTier::Sensitive
}

/// A name is looked up in `PATH`; a path leads to a program below the root.
fn program(typed: &str, root: &Root) -> Result<String, Problem> {
    if !typed.contains('/') {
        return Ok(typed.to_owned());
    }
    let inside = Inside::parse(typed, root.path())?;
    Ok(root.path().join(inside.path()).display().to_string())
}

fn folder(typed: Option<&str>, root: &Root) -> Result<PathBuf, Problem> {
    let inside = Inside::parse(typed.unwrap_or("."), root.path())?;
    let real = root.dir().canonicalize(inside.path());
    let real = real.map_err(|error| Problem::of_io(&inside.shown(), &error))?;
    if !root.dir().is_dir(&real) {
        return Err(Problem::failed(format!(
            "`{}` is no folder",
            inside.shown()
        )));
    }
    Ok(root.path().join(real))
}

/// Says what came of a program. An exit code other than 0 is a result like any other.
pub(super) fn told(report: &Report) -> Done {
    let mut text = match &report.ended {
        Ended::Exited(code) => format!("exit code {code}"),
        Ended::Signaled(signal) => format!("ended by signal {signal}"),
        Ended::TimedOut => "stopped: it took longer than it may".to_owned(),
        Ended::TooManyProcesses => "stopped: it started too many processes".to_owned(),
        Ended::Canceled => "stopped".to_owned(),
        Ended::NotStarted(reason) => return Err(Problem::Failed(reason.clone())),
    };
    if report.left_behind > 0 && matches!(report.ended, Ended::Exited(_)) {
        let count = report.left_behind;
        let _ = write!(text, "\n[{count} processes it left behind were stopped]");
    }
    push(&mut text, "output", &report.stdout);
    push(&mut text, "errors", &report.stderr);
    match report.ended {
        Ended::Exited(_) => Ok(text),
        _ => Err(Problem::Failed(text)),
    }
}

fn push(text: &mut String, name: &str, written: &Written) {
    if written.text.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n--- {name}");
    if written.left_out_bytes > 0 {
        let count = written.left_out_bytes;
        let _ = writeln!(text, "[{count} bytes before this are not shown]");
    }
    text.push_str(written.text.trim_end_matches('\n'));
}

impl ShellGuards {
    /// Checks that the program may be run; what is denied stays denied, whatever else is said.
    fn check(&self, program: &str, args: &[String]) -> Result<(), Problem> {
        let name = program.rsplit('/').next().unwrap_or(program);
        let shown = program.escape_debug();
        if let Some(flag) = args
            .iter()
            .find(|arg| name == "git" && REWRITES.contains(&arg.as_str()))
        {
            return Err(Problem::refused(format!(
                "`git` with `{flag}` may not be run"
            )));
        }
        if self.denies(program) || self.denies(name) {
            return Err(Problem::refused(format!("`{shown}` may not be run here")));
        }
        if let (Some(reason), false) = (refusal(name, args), self.names(program)) {
            return Err(Problem::refused(format!(
                "`{shown}` may not be run: {reason}"
            )));
        }
        if !self.allows(program) {
            let reason = format!("`{shown}` is not among the programs the agent may run");
            return Err(Problem::refused(reason));
        }
        Ok(())
    }
}

/// Programs that would make the question what is run hard to answer.
fn refusal(name: &str, args: &[String]) -> Option<&'static str> {
    match name {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "fish" | "csh" | "tcsh" | "ash" | "busybox"
        | "pwsh" => Some("a shell takes a text for a program; name the program itself"),
        "sudo" | "su" | "doas" | "pkexec" | "runuser" | "setpriv" => {
            Some("no program gets more rights here")
        }
        "git" if args.iter().any(|arg| !arg.starts_with('-')) => {
            Some("`git.status`, `git.diff` and the others do that")
        }
        _ => None,
    }
}
