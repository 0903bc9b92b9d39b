//! The tools an agent may call: what each is, what it may touch, and which calls are asked about first.
//!
//! Knows no model, no loop and no store. A call is a [`Tool`] and a JSON object; it runs only as an
//! [`Approved`] call, and what comes of it, an error as well, is a text for the model.

mod approval;
mod approver;
mod context;
mod fs;
mod git;
mod guards;
pub mod mcp;
mod memory;
mod native;
mod outcome;
mod problem;
mod root;
pub mod schema;
mod sealed;
mod shell;
mod tool;
mod toolbox;

pub use approval::{Cause, Question};
pub use approver::{Answer, Approver, Asked, Permission};
pub use context::Context;
pub use guards::{GitGuards, Guards, ShellGuards};
pub use memory::Remembers;
pub use native::Native;
pub use outcome::ToolOutcome;
pub use root::{MemoryRoot, Root, Roots};
pub use sealed::{Ended, Kept, LaunchError, Launcher, Order, Report, Served, Streams, Written};
pub(crate) use sealed::{WORD, supervise};
pub use tool::Tool;
pub use toolbox::{Approved, Permit, Toolbox};
