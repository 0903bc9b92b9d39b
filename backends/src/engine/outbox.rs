use std::collections::VecDeque;

use tokio::sync::mpsc::error::TrySendError;

use crate::generation::EventSender;
use crate::{BackendError, Event};

/// The events of one answer on their way to its reader. Sending never waits: what does not fit stays
/// here, and the answer pauses.
#[derive(Debug)]
pub(super) struct Outbox {
    events: EventSender,
    held: VecDeque<Result<Event, BackendError>>,
}

impl Outbox {
    /// Creates an empty outbox.
    pub(super) fn new(events: EventSender) -> Self {
        Self {
            events,
            held: VecDeque::new(),
        }
    }

    /// Sends `event` now, or after those that are held.
    pub(super) fn push(&mut self, event: Result<Event, BackendError>) {
        self.held.push_back(event);
        self.flush();
    }

    /// Sends what the reader has room for.
    pub(super) fn flush(&mut self) {
        while let Some(event) = self.held.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.held.push_front(event);
                    return;
                }
                Err(TrySendError::Closed(_)) => self.held.clear(),
            }
        }
    }

    /// Whether the reader has room for more.
    pub(super) fn is_clear(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether the reader went away.
    pub(super) fn is_closed(&self) -> bool {
        self.events.is_closed()
    }
}
