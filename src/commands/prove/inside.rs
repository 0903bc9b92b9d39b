//! The proof itself: this process is in a network with one cable, and the trap holds the other end.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use aldo_backends::HTTP_BUILT;

use super::attempts::{Attempt, Baits, attempts, controls, surroundings};
use super::folder::Folder;
use super::network::Network;
use super::report::{Left, Report, Trial};
use super::unavailable;
use crate::commands::Context;
use crate::failure::Failure;
use crate::ui::{Outcome, Page};

/// Tries everything and reports.
pub(super) fn run(ctx: &Context) -> Result<Outcome, Failure> {
    let folder = Folder::make()?;
    let mut network = Network::make()?;
    resolve_through_the_trap(&folder);
    let baits = Baits::serve()?;
    let program = std::env::current_exe()
        .map_err(|error| unavailable("the program does not find itself").because(error))?;
    let path = ctx.environment.get("PATH").cloned().unwrap_or_default();
    let laboratory = Laboratory {
        program,
        path,
        folder,
    };
    let secret = laboratory.folder.secret.clone();
    let mut sent = Vec::new();
    let can_be_tried = |attempt: &Attempt| HTTP_BUILT || !attempt.needs_client;
    for attempt in controls(&secret).into_iter().filter(can_be_tried) {
        let arrives = |left: &Left, _: &Output| left.packets > 0 && left.holds(&secret);
        sent.push(laboratory.try_out(&attempt, &mut network, arrives)?);
    }
    let mut tried = Vec::new();
    for attempt in attempts(&secret, &baits).into_iter().filter(can_be_tried) {
        let nothing = |left: &Left, output: &Output| left.is_nothing() && attempt.is_said(output);
        tried.push(laboratory.try_out(&attempt, &mut network, nothing)?);
    }
    if let Some(proxied) = tried.iter_mut().find(|trial| trial.what.contains("proxy")) {
        proxied.ok &= baits.honest_was_told(&secret);
    }
    let report = Report::new(sent, tried);
    Ok(Outcome::new(&report, Page::new()))
}

/// What every attempt shares.
struct Laboratory {
    program: PathBuf,
    path: std::ffi::OsString,
    folder: Folder,
}

impl Laboratory {
    fn try_out(
        &self,
        attempt: &Attempt,
        network: &mut Network,
        is_right: impl Fn(&Left, &Output) -> bool,
    ) -> Result<Trial, Failure> {
        let output = self
            .command(attempt)
            .output()
            .map_err(|error| unavailable("aldo cannot be started").because(error))?;
        let left = network.left()?;
        let exit_code = output.status.code();
        let ok = exit_code.is_some_and(|code| attempt.expected.contains(&code))
            && is_right(&left, &output);
        Ok(Trial {
            what: attempt.what.to_owned(),
            exit_code,
            expected: attempt.expected.to_vec(),
            left,
            ok,
            said: (!ok).then(|| said(&output)),
        })
    }

    fn command(&self, attempt: &Attempt) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&attempt.args)
            .stdin(Stdio::null())
            .current_dir(self.folder.project())
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.folder.home())
            .env("ALDO_HOME", self.folder.home())
            .envs(surroundings())
            .envs(attempt.env.iter().cloned());
        command
    }
}

impl Attempt {
    fn is_said(&self, output: &Output) -> bool {
        let stdout = String::from_utf8_lossy(&output.stdout);
        self.says.is_none_or(|says| stdout.contains(says))
    }
}

fn said(output: &Output) -> String {
    let text =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}

/// Makes the trap the name server, in this mount namespace alone. Where that cannot be done, a
/// question would go to the machine's own server, whose address leads to the trap as well or nowhere.
fn resolve_through_the_trap(folder: &Folder) {
    let mounted = Command::new("mount")
        .arg("--bind")
        .arg(folder.resolver())
        .arg("/etc/resolv.conf")
        .output();
    if let Err(error) = mounted {
        tracing::debug!(%error, "the name server stays");
    }
}
