use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::generation::{EventSender, Source};
use crate::{BackendError, Request};

/// What callers and the engine's thread share: the requests that wait, and the thread's alarm clock.
#[derive(Debug)]
pub(super) struct Queue {
    model: String,
    waiting_max: usize,
    running_max: usize,
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    running: usize,
    woken: bool,
    closed: bool,
    stopped: Option<String>,
}

/// A request on its way to the engine's thread.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) events: EventSender,
    pub(super) accepted: Instant,
}

impl Queue {
    /// Creates an empty queue for `waiting_max` requests beside the `running_max` that are answered.
    pub(super) fn new(model: &str, waiting_max: usize, running_max: usize) -> Self {
        Self {
            model: model.to_owned(),
            waiting_max,
            running_max,
            state: Mutex::default(),
            woken: Condvar::new(),
        }
    }

    /// Adds `job` behind the others and wakes the thread.
    pub(super) fn submit(&self, job: Job) -> Result<(), BackendError> {
        let mut state = self.lock();
        if let Some(reason) = &state.stopped {
            return Err(BackendError::EngineStopped {
                reason: reason.clone(),
            });
        }
        state.waiting.retain(|job| !job.events.is_closed());
        if state.waiting.len() + state.running >= self.waiting_max + self.running_max {
            return Err(BackendError::QueueFull {
                model: self.model.clone(),
                queue_max: self.waiting_max,
            });
        }
        state.waiting.push_back(job);
        self.ring(state);
        Ok(())
    }

    /// Takes the oldest job whose caller still waits; it counts as running until [`Queue::finished`].
    pub(super) fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        state.waiting.retain(|job| !job.events.is_closed());
        let job = state.waiting.pop_front()?;
        state.running += 1;
        Some(job)
    }

    /// Says that a job taken before needs no more work.
    pub(super) fn finished(&self) {
        let mut state = self.lock();
        state.running = state.running.saturating_sub(1);
    }

    /// Sleeps until something changed: a request, a reader, the end. Returns at once when it has
    /// changed since the last call.
    pub(super) fn wait(&self) {
        let state = self.lock();
        let mut state = self
            .woken
            .wait_while(state, |state| !state.woken)
            .unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
    }

    /// Lets the thread end when all is answered.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.ring(state);
    }

    /// Whether the thread may end.
    pub(super) fn is_closed(&self) -> bool {
        let state = self.lock();
        state.closed && state.waiting.is_empty()
    }

    /// Refuses everything that waits and all that will come.
    pub(super) fn stop(&self, reason: String) {
        let mut state = self.lock();
        state.stopped = Some(reason);
        let refused = std::mem::take(&mut state.waiting);
        drop(state);
        // Their readers find the channel closed and ask `broken_off`.
        drop(refused);
    }

    /// Why the thread ended, if it did.
    pub(super) fn stop_reason(&self) -> Option<String> {
        self.lock().stopped.clone()
    }

    fn ring(&self, mut state: MutexGuard<'_, State>) {
        state.woken = true;
        drop(state);
        self.woken.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, and a poisoned state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Queue {
    fn reader_moved(&self) {
        self.ring(self.lock());
    }

    fn broken_off(&self) -> BackendError {
        let reason = self.stop_reason();
        BackendError::EngineStopped {
            reason: reason.unwrap_or_else(|| "its thread ended".to_owned()),
        }
    }
}
