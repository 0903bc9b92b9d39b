//! One turn: a request, and its answer as far as it comes.

use std::ops::ControlFlow;
use std::time::Instant;

use aldo_backends::{Backend, BackendError, Request};

use super::answer::Answer;
use super::shown::{Show, Shown};
use crate::cancel::Cancel;

/// What kept an answer from coming to its end.
#[derive(Debug)]
pub(super) enum Cut {
    /// The user.
    Canceled,
    /// The reader of the answer.
    OutputClosed,
    /// The clock.
    WallClock,
    /// The backend.
    Backend(BackendError),
}

/// When an answer must end even though the model goes on.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    /// The user's wish.
    pub(super) cancel: &'a Cancel,
    /// The end of the time a run may take.
    pub(super) deadline: Instant,
}

/// Asks `backend`, showing events as they come; what has come is returned also when it was cut.
pub(super) async fn ask(
    backend: &dyn Backend,
    request: Request,
    patience: &Patience<'_>,
    show: &mut Show<'_>,
) -> (Answer, Option<Cut>) {
    let mut answer = Answer::default();
    // Whichever future ends first, the generation is dropped with the others, which stops the model.
    let cut = tokio::select! {
        biased;
        () = patience.cancel.canceled() => Some(Cut::Canceled),
        () = tokio::time::sleep_until(patience.deadline.into()) => Some(Cut::WallClock),
        cut = collect(backend, request, patience, &mut answer, show) => cut.err(),
    };
    (answer, cut)
}

async fn collect(
    backend: &dyn Backend,
    request: Request,
    patience: &Patience<'_>,
    answer: &mut Answer,
    show: &mut Show<'_>,
) -> Result<(), Cut> {
    patience.check()?;
    let mut generation = backend.generate(request).map_err(Cut::Backend)?;
    while answer.done.is_none() {
        // Events that wait already would otherwise all be read before anybody looks at the clock.
        patience.check()?;
        let event = generation
            .next()
            .await
            .ok_or_else(broken_off)?
            .map_err(Cut::Backend)?;
        let shown = show(&Shown::Event(&event));
        answer.add(event);
        if shown == ControlFlow::Break(()) {
            return Err(Cut::OutputClosed);
        }
    }
    Ok(())
}

impl Patience<'_> {
    /// Waits until the run must end.
    pub(super) async fn over(&self) -> Cut {
        tokio::select! {
            biased;
            () = self.cancel.canceled() => Cut::Canceled,
            () = tokio::time::sleep_until(self.deadline.into()) => Cut::WallClock,
        }
    }

    fn check(&self) -> Result<(), Cut> {
        if self.cancel.is_canceled() {
            return Err(Cut::Canceled);
        }
        if Instant::now() >= self.deadline {
            return Err(Cut::WallClock);
        }
        Ok(())
    }
}

// A stream that ends is not a stream that finished.
fn broken_off() -> Cut {
    Cut::Backend(BackendError::EngineStopped {
        reason: "the answer ended without saying so".to_owned(),
    })
}
