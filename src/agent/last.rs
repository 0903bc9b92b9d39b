//! The last turn of a run, and whether it is on disk.

use super::answer::Answer;
use crate::store::StepUsage;

/// The last turn, and whether it is written down already.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) answer: Answer,
    /// What is to be written with it, where it is not written down yet.
    pub(super) unwritten: Option<Unwritten>,
}

/// What goes with a last turn onto the disk.
#[derive(Debug)]
pub(super) struct Unwritten {
    /// What the turn used, where the model said so.
    pub(super) used: Option<StepUsage>,
}

impl Last {
    pub(super) fn unwritten(answer: Answer, used: Option<StepUsage>) -> Self {
        Self {
            answer,
            unwritten: Some(Unwritten { used }),
        }
    }

    pub(super) fn written(answer: Answer) -> Self {
        Self {
            answer,
            unwritten: None,
        }
    }
}
