//! TLS for the client, where the build has it.

#[cfg(not(feature = "hosted"))]
mod disabled;
#[cfg(feature = "hosted")]
mod enabled;

#[cfg(not(feature = "hosted"))]
pub(super) use disabled::{SPEAKS_TLS, prepared};
#[cfg(feature = "hosted")]
pub(super) use enabled::{SPEAKS_TLS, prepared};
