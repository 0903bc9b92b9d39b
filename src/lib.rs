//! The command line.

pub mod agent;
pub mod candidate;
pub mod capabilities;
pub mod router;
pub mod spec;
pub mod store;
pub mod tools;
