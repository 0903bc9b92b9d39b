//! Which system this is.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(super) use linux::{apply, confined, forbid_core_files, limit_memory, support, within};

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub(super) use other::{apply, confined, forbid_core_files, limit_memory, support, within};
