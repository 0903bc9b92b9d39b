//! One turn: a request, and its answer as far as it comes.

use std::ops::ControlFlow;
use std::time::Duration;

use aldo_backends::{Backend, BackendError, Request};

use super::answer::Answer;
use super::cancel::Cancel;
use super::run::Show;

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

/// Asks `backend`, showing events as they come; what has come is returned also when it was cut.
pub(super) async fn ask(
    backend: &dyn Backend,
    request: Request,
    left: Duration,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> (Answer, Option<Cut>) {
    let mut answer = Answer::default();
    // Whichever future ends first, the generation is dropped with the others, which stops the model.
    let cut = tokio::select! {
        biased;
        () = cancel.canceled() => Some(Cut::Canceled),
        () = tokio::time::sleep(left) => Some(Cut::WallClock),
        cut = collect(backend, request, &mut answer, cancel, show) => cut.err(),
    };
    (answer, cut)
}

async fn collect(
    backend: &dyn Backend,
    request: Request,
    answer: &mut Answer,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> Result<(), Cut> {
    let mut generation = backend.generate(request).map_err(Cut::Backend)?;
    while let Some(event) = generation.next().await {
        let event = event.map_err(Cut::Backend)?;
        let shown = show(&event);
        answer.add(event);
        if shown == ControlFlow::Break(()) {
            return Err(Cut::OutputClosed);
        }
        // Events that wait already would otherwise be read to the end first.
        if answer.done.is_none() && cancel.is_canceled() {
            return Err(Cut::Canceled);
        }
    }
    match answer.done {
        Some(_) => Ok(()),
        // A stream that ends is not a stream that finished.
        None => Err(Cut::Backend(BackendError::EngineStopped {
            reason: "the answer ended without saying so".to_owned(),
        })),
    }
}
