//! Linux: a seccomp filter for system calls, Landlock for files and ports.

mod calls;
mod connections;
mod filter;
mod paths;
#[cfg(test)]
mod tests;

use std::io;
use std::thread;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, socket};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::seal::{FileRules, Files, Outward, Seal, SealError, Sealed, Support};
use filter::Open;
use paths::{Signals, System};

pub(crate) fn apply(seal: Seal, files: &Files) -> Result<Sealed, SealError> {
    connections::none_open()?;
    let (open, ports) = match &seal {
        Seal::InProcess => (Open::Nothing, &[] as &[u16]),
        Seal::Loopback { ports } => (Open::Streams, ports.as_slice()),
    };
    let files = paths::restrict(files, ports, Signals::Anywhere, System::All)?;
    filter::on_all_threads(open)?;
    is_kept(open)?;
    Ok(Sealed { seal, files })
}

pub(crate) fn within<T: Send>(
    files: &Files,
    work: impl FnOnce() -> T + Send,
) -> Result<T, SealError> {
    closed(files, System::All, Open::Nothing, work)
}

pub(crate) fn confined<T: Send>(
    files: &Files,
    outward: Outward,
    work: impl FnOnce() -> T + Send,
) -> Result<T, SealError> {
    let (system, open) = match outward {
        Outward::Nothing => (System::Programs, Open::Nothing),
        Outward::Internet => (System::ProgramsAndNames, Open::Internet),
    };
    closed(files, system, open, work)
}

fn closed<T: Send>(
    files: &Files,
    system: System,
    open: Open,
    work: impl FnOnce() -> T + Send,
) -> Result<T, SealError> {
    on_a_thread(move || {
        match paths::restrict(files, &[], Signals::Inside, system)? {
            FileRules::AllThreads | FileRules::NewThreads => {}
            FileRules::Nobody { reason } => return Err(SealError::Unavailable { reason }),
        }
        filter::on_this_thread(open)?;
        is_kept(open)?;
        Ok(work())
    })
}

pub(crate) fn support() -> Support {
    let tried = on_a_thread(|| {
        filter::on_this_thread(Open::Nothing)?;
        is_kept(Open::Nothing)
    });
    Support {
        connections: tried.map_err(|error| sentence(&error)),
        files: paths::support(),
    }
}

pub(crate) fn forbid_core_files() -> Result<(), SealError> {
    limit(Resource::Core, 0, "a limit for core files")
}

pub(crate) fn limit_memory(bytes_max: u64) -> Result<(), SealError> {
    // Of all memory that is this process's own to write, mapped included, since Linux 4.7.
    limit(Resource::Data, bytes_max, "a limit for memory")
}

fn limit(resource: Resource, most: u64, what: &'static str) -> Result<(), SealError> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).map_err(|error| SealError::Refused {
        what,
        source: error.into(),
    })
}

/// Tries what must not work any more; a seal counts when it was seen to hold.
fn is_kept(open: Open) -> Result<(), SealError> {
    let stream = (AddressFamily::INET, SocketType::STREAM, "a stream");
    let datagram = (AddressFamily::INET6, SocketType::DGRAM, "a datagram socket");
    let local = (AddressFamily::UNIX, SocketType::STREAM, "a local socket");
    let forbidden: &[_] = match open {
        Open::Nothing => &[stream, datagram],
        Open::Streams => &[datagram],
        Open::Internet => &[local],
    };
    for &(family, kind, what) in forbidden {
        match socket(family, kind, None) {
            Err(Errno::PERM) => {}
            Ok(_) | Err(_) => return Err(SealError::NotKept { what }),
        }
    }
    Ok(())
}

fn on_a_thread<T: Send>(
    work: impl FnOnce() -> Result<T, SealError> + Send,
) -> Result<T, SealError> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("sealed".to_owned());
        let started = builder.spawn_scoped(scope, work);
        let thread = started.map_err(|source| SealError::Refused {
            what: "a thread",
            source,
        })?;
        match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn sentence(error: &SealError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn os_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}
