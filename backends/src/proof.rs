//! The sockets of the proof that nothing leaves: a [`Trap`] that logs whatever arrives, [`Bait`]
//! servers on loopback, and a [`leak`] that tries every way out.
//!
//! Never part of a run: only `aldo prove` uses this, in a network of its own with nobody else in it.

mod bait;
mod leak;
mod trap;

pub use bait::{Bait, Role};
pub use leak::{Tried, Way, leak};
pub use trap::{Caught, Trap};
