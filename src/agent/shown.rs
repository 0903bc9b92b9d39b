use std::ops::ControlFlow;

use aldo_backends::{Event, ToolCall};

use crate::tools::ToolOutcome;

/// Something that happens in a run, as it happens.
#[derive(Debug)]
pub enum Shown<'a> {
    /// A part of an answer.
    Event(&'a Event),
    /// A call that could not be read was written again.
    Repaired(&'a ToolCall),
    /// A call came to its end.
    Result {
        /// The call.
        call: &'a ToolCall,
        /// What came of it.
        outcome: &'a ToolOutcome,
    },
    /// The first steps are left out from now on, so many of them.
    Shortened {
        /// How many.
        steps: usize,
        /// Whether a summary stands for them.
        summed_up: bool,
    },
}

/// Shows what happens as it happens; breaks when nobody reads any more.
pub type Show<'a> = dyn FnMut(&Shown<'_>) -> ControlFlow<()> + Send + 'a;
