//! The run store: what happened in every run, and which models failed a moment ago.
//!
//! One SQLite database in a folder that only its owner may read, shared by all `aldo` processes.
//! Each step is one transaction that is on disk before the next thing happens. Knows no model, no
//! agent loop and no terminal: what it keeps are names, numbers and JSON, with secrets taken out.

mod connect;
mod copy;
mod entry;
mod entry_wire;
mod error;
mod files;
mod health;
mod id;
mod insert;
mod interrupted;
mod open;
mod owner;
mod prune;
mod rating;
mod read;
mod record;
mod redact;
mod reopen;
mod run;
mod schema;

pub use copy::Copied;
pub use entry::Entry;
pub use error::StoreError;
pub use health::Unhealthy;
pub use id::RunId;
pub use open::{Journal, Store};
pub use prune::{Keep, Pruned};
pub use rating::RatingRecord;
pub use read::{Events, Which};
pub use record::{EventRecord, RunRecord, Status, UsageRecord};
pub use redact::Redactor;
pub use run::{Ending, NewRun, Run, ServedBy, StepUsage};
