//! Limits of the kernel for a program and all it starts.

use rustix::process::{Resource, Rlimit, getrlimit, getuid, setrlimit};

use super::tree;

/// How many processes a program may have at once; beyond it, everything is stopped.
pub(super) const PROCESSES_MAX: usize = 256;
/// The largest file a program may write, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// How many files a program may have open.
const OPEN_FILES_MAX: u64 = 4096;

/// Sets them for this process, which what it starts inherits.
pub(super) fn set() -> Result<(), String> {
    lower(Resource::Core, 0)?;
    lower(Resource::Fsize, FILE_BYTES_MAX)?;
    lower(Resource::Nofile, OPEN_FILES_MAX)?;
    // The kernel counts all tasks of a user, and none of root's; what is counted here is what is left.
    if !getuid().is_root() {
        let tasks = tree::tasks_of_this_user() + 2 * PROCESSES_MAX;
        lower(Resource::Nproc, tasks as u64)?;
    }
    Ok(())
}

/// Never raises what is lower already.
fn lower(resource: Resource, most: u64) -> Result<(), String> {
    let now = getrlimit(resource);
    let least = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    let limit = Rlimit {
        current: least(now.current),
        maximum: least(now.maximum),
    };
    setrlimit(resource, limit).map_err(|error| format!("no limit can be set: {error}"))
}
