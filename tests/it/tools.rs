//! Family G: what tools may touch, against whoever wants more. Each test compares what lies outside
//! the root before and after.

mod confined;
mod files;
mod git;
mod memory;
mod protected;
mod race;
mod shell;
mod workshop;

pub(crate) use workshop::Workshop;
