//! The loop of one agent: ask the model, run the tools it calls, write down what happens, until there
//! is a reason to stop.
//!
//! Knows no terminal and no routing: it is given a model that was chosen, a run whose decision is on
//! disk, the tools, and a closure that shows what happens as it happens.

mod answer;
mod aside;
mod begin;
mod blame;
mod calls;
mod conversation;
mod fit;
mod last;
mod limits;
mod progress;
mod repair;
mod resume;
mod run;
mod shown;
mod spending;
mod stop;
mod summary;
mod task;
#[cfg(test)]
pub(crate) mod test_support;
mod turn;
mod window;

pub use crate::cancel::Cancel;
pub use begin::{begin, begin_from, begin_hosted, hand_over, hand_over_hosted, refuse, served_by};
pub use conversation::Conversation;
pub use limits::Limits;
pub use progress::Progress;
pub use resume::{NotResumed, resume};
pub use run::run;
pub use shown::{Show, Shown};
pub use spending::Spending;
pub use stop::Stop;
pub use task::{Attempt, Outcome, Pending, Spoken, Start, Task, Unanswered, end};
