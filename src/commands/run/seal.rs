//! A sensitive run is closed by the kernel: after its decision is on disk, before a model is given
//! anything.

use std::fs;
use std::path::{Path, PathBuf};

use aldo_backends::seal::{self, FileRules, Files, Seal, SealError, Sealed};
use aldo_backends::{Endpoint, Reach};
use serde::Serialize;
use serde_json::json;

use super::Args;
use super::decide::Plan;
use crate::agent::Stop;
use crate::candidate::{Candidate, Registry, Source};
use crate::capabilities::PrivacyTier;
use crate::commands::{Context, toolbox};
use crate::failure::Failure;
use crate::store::{Entry, Run};

/// How far a run is closed, as its record and its document say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Closed {
    /// Not at all: nothing asks for it.
    Open,
    /// No connection can be opened.
    InProcess {
        /// How far the rules about files reach.
        files: &'static str,
    },
    /// TCP alone is left.
    Loopback {
        /// To these ports, where the kernel knows such rules.
        ports: Vec<u16>,
        /// How far the rules about files reach.
        files: &'static str,
    },
    /// Not at all, because the user said so.
    Off,
}

impl Closed {
    /// Returns what stands in the run's document; nothing for a run that needs no seal.
    pub(super) fn document(&self) -> Option<serde_json::Value> {
        match self {
            Self::Open => None,
            Self::InProcess { .. } | Self::Loopback { .. } | Self::Off => Some(json!(self)),
        }
    }

    /// Closes the run for `candidate`, as far as it is not closed already, and writes that down. What
    /// was closed never opens again.
    ///
    /// # Errors
    /// A refusal when the kernel does not keep the run in; the run is over then.
    pub(super) fn close_for(
        self,
        ctx: &Context,
        args: &Args,
        plan: &Plan,
        candidate: &Candidate,
        record: &mut Run,
    ) -> Result<Self, Failure> {
        if plan.tier() != PrivacyTier::Sensitive || self.is_enough_for(candidate) {
            return Ok(self);
        }
        let registry = &plan.discovered.registry;
        let ports = toolbox::ports(ctx, std::iter::once(plan.spec()))?;
        let closed = match Self::close(ctx, args, std::slice::from_ref(candidate), registry, ports)
        {
            Ok(closed) => closed,
            Err(error) => return Err(refuse(record, error)),
        };
        record.append(&[Entry::Seal(json!(closed))], None)?;
        Ok(closed)
    }

    /// Closes this process for all that agents of a tree need, before any of them has been given anything.
    /// `ports` are those of servers of tools, which stay in reach where a model is served at all.
    ///
    /// # Errors
    /// [`SealError`] when the kernel does not keep the run in.
    pub(super) fn close(
        ctx: &Context,
        args: &Args,
        candidates: &[Candidate],
        registry: &Registry,
        ports: Vec<u16>,
    ) -> Result<Self, SealError> {
        if args.no_seal {
            ctx.ui.warn(
                "`--no-seal`: the system does not keep this run on the machine, aldo alone does",
            );
            return Ok(Self::Off);
        }
        let ports = ports.into_iter().chain(ctx.telemetry.loopback_port());
        let kind = kind(candidates, registry, ports.collect());
        let sealed = seal::apply(kind, &files(ctx, candidates))?;
        if sealed.seal == Seal::InProcess {
            ctx.telemetry.close();
        }
        Ok(Self::of(sealed))
    }

    /// Whether models in this process are all that is in reach.
    pub(super) fn is_in_process(&self) -> bool {
        matches!(self, Self::InProcess { .. })
    }

    fn of(sealed: Sealed) -> Self {
        let files = match sealed.files {
            FileRules::AllThreads => "all_threads",
            FileRules::NewThreads => "new_threads",
            FileRules::Nobody { .. } => "none",
        };
        match sealed.seal {
            Seal::InProcess => Self::InProcess { files },
            Seal::Loopback { ports } => Self::Loopback { ports, files },
        }
    }

    fn is_enough_for(&self, candidate: &Candidate) -> bool {
        match self {
            Self::Open => false,
            Self::Loopback { .. } => !candidate.source.is_in_process(),
            Self::InProcess { .. } | Self::Off => true,
        }
    }
}

/// With a server, every server on loopback stays in reach: where the first fails, the next is asked. So
/// do `ports`, of servers of tools and of a collector of spans; a run in process is closed to them as to
/// everybody.
fn kind(candidates: &[Candidate], registry: &Registry, mut ports: Vec<u16>) -> Seal {
    if candidates
        .iter()
        .all(|candidate| candidate.source.is_in_process())
    {
        return Seal::InProcess;
    }
    let servers = candidates.iter().chain(&registry.candidates);
    ports.extend(servers.filter_map(port));
    ports.sort_unstable();
    ports.dedup();
    Seal::Loopback { ports }
}

fn port(candidate: &Candidate) -> Option<u16> {
    let base_url = match &candidate.source {
        Source::Builtin | Source::Checkpoint(_) => return None,
        Source::Runtime { base_url, .. } => base_url,
        Source::Catalog(service) => &service.base_url,
    };
    Some(Endpoint::new(base_url, Reach::Loopback).ok()?.port())
}

/// Models, the working folder, the program and what tools may read are read; the store and what tools
/// may write is written.
fn files(ctx: &Context, candidates: &[Candidate]) -> Files {
    let folders = &ctx.config.folders;
    let mut read = vec![
        folders.models.clone(),
        folders.hub_cache.clone(),
        folders.project.clone(),
        // Agents of a tree get their tools when it is their turn.
        toolbox::servers_file(ctx),
    ];
    read.extend(std::env::current_exe());
    for candidate in candidates {
        match &candidate.source {
            Source::Checkpoint(path) => read.extend(behind(path)),
            Source::Builtin | Source::Runtime { .. } | Source::Catalog(_) => {}
        }
    }
    let (tools_read, tools_write) = toolbox::folders(ctx);
    read.extend(tools_read);
    read.retain(|path| path.exists());
    let mut write = vec![folders.state.clone()];
    write.extend(tools_write.into_iter().filter(|path| path.exists()));
    Files { read, write }
}

/// A checkpoint with what its links lead to.
fn behind(path: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(path).into_iter().flatten();
    let inside = inside.filter_map(|entry| Some(entry.ok()?.path()));
    let all = std::iter::once(path.to_owned()).chain(inside);
    all.filter_map(|path| fs::canonicalize(path).ok()).collect()
}

/// Ends the run that cannot be kept in.
pub(super) fn refuse(record: &Run, error: SealError) -> Failure {
    let failure = Failure::refused(
        "seal_unavailable",
        "this run is sensitive, and the system cannot keep it on this machine",
    )
    .because(error)
    .hint("`aldo doctor` says what this machine can enforce")
    .hint("`--no-seal` runs it without the system's help, and that is written down");
    let reason = failure.sentence();
    // The refusal stands whether or not it can be written down.
    let _ = record.finish(&[], None, &Stop::Refused { reason }.ending());
    failure
}
