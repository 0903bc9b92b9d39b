//! The build that sends spans: what arrives at a collector, and when none may hear anything.

mod arrives;
mod collector;
mod fails;
mod stays;

/// Whether this build sends spans.
pub(crate) const BUILT: bool = true;
