//! The Apple GPU, where the build has it.

#[cfg(not(feature = "metal"))]
mod disabled;
#[cfg(feature = "metal")]
mod enabled;

#[cfg(not(feature = "metal"))]
pub(crate) use disabled::open;
#[cfg(feature = "metal")]
pub(crate) use enabled::open;
