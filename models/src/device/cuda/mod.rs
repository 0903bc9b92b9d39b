//! CUDA devices, where the build has them.

#[cfg(not(feature = "cuda"))]
mod disabled;
#[cfg(feature = "cuda")]
mod enabled;

#[cfg(not(feature = "cuda"))]
pub(crate) use disabled::open;
#[cfg(feature = "cuda")]
pub(crate) use enabled::open;
