//! The built program, as a user meets it.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod long;
mod process;
mod store;
