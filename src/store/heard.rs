//! Somebody who hears what is written about runs, once it is on disk.

use std::fmt;

use super::entry::Entry;
use super::id::RunId;
use super::record::RunRecord;
use super::redact::Redactor;
use super::run::{Ending, NewRun, ServedBy, StepUsage};

/// Something that was written about a run; it is on disk.
#[derive(Debug, Clone, Copy)]
pub enum Written<'a> {
    /// The run began, with these entries.
    Begun(&'a NewRun, &'a [Entry]),
    /// The run is gone on with and, where somebody else is to answer, with whom.
    Reopened(&'a RunRecord, Option<&'a ServedBy>),
    /// A step, and what it used.
    Step(&'a [Entry], Option<&'a StepUsage>),
    /// Why it goes on elsewhere and, where that is known, with whom.
    HandedOver(&'a [Entry], Option<&'a ServedBy>),
    /// The last step, and how the run ended.
    Ended(&'a [Entry], Option<&'a StepUsage>, &'a Ending),
}

/// What a listener is told.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The run.
    pub run: RunId,
    /// What was written; secrets are still in it.
    pub written: Written<'a>,
    /// Takes secrets out of it.
    pub redactor: &'a Redactor,
}

/// Hears what is written. It is called on the thread that writes, which waits for it.
pub type Listener = Box<dyn Fn(&Heard<'_>) + Send + Sync>;

/// The listener of a store, if it has one.
#[derive(Default)]
pub(super) struct Ear(pub(super) Option<Listener>);

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Ear" } else { "no ear" })
    }
}
