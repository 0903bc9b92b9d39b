//! Git, by its own program: closed in as any program of a tool, without network, and without what a
//! repository could have it run.

mod add;
mod branch;
mod checkout;
mod commit;
mod diff;
mod log;
mod names;
mod repository;
mod settings;
mod status;

use super::context::Context;
use super::problem::Done;
use repository::Repository;

pub(super) use add::Arguments as Add;
pub(super) use branch::Arguments as Branch;
pub(super) use checkout::Arguments as Checkout;
pub(super) use commit::Arguments as Commit;
pub(super) use diff::Arguments as Diff;
pub(super) use log::Arguments as Log;
pub(super) use status::Arguments as Status;

/// A call of one of git's tools.
pub(super) trait Call {
    /// Whether it changes the repository or the files.
    const CHANGES: bool;

    /// Does it.
    async fn call(&self, repository: &Repository<'_>) -> Done;
}

/// Carries out a call in the repository of the run.
pub(super) async fn run<C: Call>(call: &C, context: &Context) -> Done {
    let repository = Repository::open(context, C::CHANGES).await?;
    call.call(&repository).await
}
