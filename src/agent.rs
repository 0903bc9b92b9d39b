//! The loop of one agent: ask the model, write down what it says, until there is a reason to stop.
//!
//! Knows no terminal and no routing: it is given a model that was chosen, a run whose decision is
//! on disk, and a closure that shows events as they come.

mod answer;
mod begin;
mod limits;
mod progress;
mod run;
mod stop;
#[cfg(test)]
mod test_support;
mod turn;

pub use crate::cancel::Cancel;
pub use begin::{begin, begin_hosted, hand_over, hand_over_hosted, refuse};
pub use limits::Limits;
pub use run::{Attempt, Outcome, Show, Task, Unanswered, end, run};
pub use stop::Stop;
