use std::sync::Arc;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::{BackendError, Event};

/// Events that wait for a slow reader before its answer pauses.
const EVENTS_MAX: usize = 64;

/// What a backend writes a [`Generation`] with.
pub(crate) type EventSender = Sender<Result<Event, BackendError>>;

/// A running answer. Dropping it stops the work within one token.
#[derive(Debug)]
pub struct Generation {
    events: Option<Receiver<Result<Event, BackendError>>>,
    source: Arc<dyn Source>,
}

/// The other side of a generation.
pub(crate) trait Source: std::fmt::Debug + Send + Sync {
    /// Hears that the reader took an event or went away.
    fn reader_moved(&self);

    /// Says why the events broke off without an end.
    fn broken_off(&self) -> BackendError;
}

impl Generation {
    /// Creates a generation and the sender of its events.
    pub(crate) fn new(source: Arc<dyn Source>) -> (EventSender, Self) {
        let (sender, receiver) = channel(EVENTS_MAX);
        (
            sender,
            Self {
                events: Some(receiver),
                source,
            },
        )
    }

    /// Creates a generation whose events are all there.
    pub(crate) fn ready(events: Vec<Result<Event, BackendError>>, source: Arc<dyn Source>) -> Self {
        let (sender, receiver) = channel(events.len().max(1));
        for event in events {
            // There is room for each, and the receiver is right here.
            let _ = sender.try_send(event);
        }
        Self {
            events: Some(receiver),
            source,
        }
    }

    /// Waits for the next event; `None` after [`Event::Done`] or an error. Waiting can be canceled
    /// without losing an event.
    pub async fn next(&mut self) -> Option<Result<Event, BackendError>> {
        let received = self.events.as_mut()?.recv().await;
        Some(self.received(received))
    }

    /// As [`Generation::next`], for a thread that runs no async tasks.
    ///
    /// # Panics
    /// Within an async task.
    pub fn blocking_next(&mut self) -> Option<Result<Event, BackendError>> {
        let received = self.events.as_mut()?.blocking_recv();
        Some(self.received(received))
    }

    /// Returns the next event if it is there already; `None` as well after the end.
    pub fn try_next(&mut self) -> Option<Result<Event, BackendError>> {
        match self.events.as_mut()?.try_recv() {
            Ok(event) => Some(self.received(Some(event))),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(self.received(None)),
        }
    }

    fn received(
        &mut self,
        received: Option<Result<Event, BackendError>>,
    ) -> Result<Event, BackendError> {
        let event = received.unwrap_or_else(|| Err(self.source.broken_off()));
        if matches!(event, Ok(Event::Done { .. }) | Err(_)) {
            self.events = None;
        }
        self.source.reader_moved();
        event
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.events = None;
        self.source.reader_moved();
    }
}
