//! Which model answers: a pure function of the need and the registry.
//!
//! Knows no clock, no network, no environment and no file.

use crate::candidate::Registry;

mod decision;
mod need;

pub use decision::{Consideration, Decision, Dropped, Outcome, Refusal, RefusalCode, Step};
pub use need::{Discovery, HostedAccess, Need, Route};

/// Decides which model answers `need`, or why none may.
pub fn route(
    _need: &Need,
    _registry: &Registry,
    _route: Route,
    _hosted: HostedAccess,
    _discovery: Discovery,
) -> Decision {
    unimplemented!("the router lands with the next merge")
}
