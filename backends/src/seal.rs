//! The kernel closes a sensitive run: what aldo has decided not to do, it then cannot do.
//!
//! Knows no agent and no tier: the caller says what stays open. Linux only; elsewhere everything
//! here says that it is not available.

mod error;
mod system;

use std::path::PathBuf;

pub use error::SealError;

/// What stays open to a sealed process. Everything else that leads to another machine is refused by
/// the kernel with `EPERM`, in every thread and in every process started later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// The model is inside the process: no internet socket, and no connection to a local one.
    InProcess,
    /// The model is served on loopback: TCP alone, which the client binds to loopback, and where the
    /// kernel can tell, to these ports alone.
    Loopback {
        /// The ports of the runtimes that may answer.
        ports: Vec<u16>,
    },
}

/// Which files a sealed process may use, besides the system's own folders, which it may read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Files, and folders with all below them, that may be read.
    pub read: Vec<PathBuf>,
    /// Files, and folders with all below them, that may be read, written, made and removed.
    pub write: Vec<PathBuf>,
}

/// What a program that is started for a tool may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outward {
    /// Nobody.
    Nothing,
    /// Any address, but no program of this machine by its socket: such a service could do for it what
    /// it may not do itself.
    Internet,
}

/// A seal that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What was asked for; the kernel enforces it in all threads.
    pub seal: Seal,
    /// How far the rules about files reach.
    pub files: FileRules,
}

/// How far the rules about files reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRules {
    /// Every thread, and every process started later.
    AllThreads,
    /// The thread that sealed, and every thread and process started later.
    NewThreads,
    /// Nobody: the system has no such rules.
    Nobody {
        /// Why.
        reason: String,
    },
}

/// What the kernel of this machine can enforce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// Whether connections can be forbidden, tried out; or why not.
    pub connections: Result<(), String>,
    /// How far rules about files would reach.
    pub files: FileRules,
}

/// Seals this process, all its threads included, for as long as it lives.
///
/// # Errors
/// [`SealError`]; a run that needs the seal must not go on then.
pub fn apply(seal: Seal, files: &Files) -> Result<Sealed, SealError> {
    system::apply(seal, files)
}

/// Runs `work` on a thread of its own that can open no connection and use only `files`, writing
/// included. Programs that `work` starts inherit that, and cannot shed it.
///
/// What ties a program to the thread that started it, such as `PR_SET_PDEATHSIG`, ends with `work`.
///
/// # Errors
/// [`SealError`], also where the system has no rules about files; `work` has not run then.
pub fn within<T: Send>(files: &Files, work: impl FnOnce() -> T + Send) -> Result<T, SealError> {
    system::within(files, work)
}

/// Runs `work` as [`within`], for programs that a model has asked for: `outward` says what they may
/// connect to, no device may be used but those without content, no folder of running services be
/// read, and no terminal be typed into.
///
/// # Errors
/// [`SealError`], also where the system has no rules about files; `work` has not run then.
pub fn confined<T: Send>(
    files: &Files,
    outward: Outward,
    work: impl FnOnce() -> T + Send,
) -> Result<T, SealError> {
    system::confined(files, outward, work)
}

/// Finds out what this machine can enforce, by sealing a thread and trying.
pub fn support() -> Support {
    system::support()
}

/// Forbids core files of this process: they would hold prompts and keys.
///
/// # Errors
/// [`SealError`] when the system refuses.
pub fn forbid_core_files() -> Result<(), SealError> {
    system::forbid_core_files()
}

/// Limits the memory that this process may write to, all it has already included, in bytes. A program
/// that asks for more ends.
///
/// # Errors
/// [`SealError`] when the system has no such limit or refuses.
pub fn limit_memory(bytes_max: u64) -> Result<(), SealError> {
    system::limit_memory(bytes_max)
}
