//! Work that may take for ever, given a second.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::Duration;

/// How long a JSON Schema may take to be read, or to judge one answer.
pub(super) const DEADLINE: Duration = Duration::from_secs(1);
/// Schemas and values lie inside each other, and the validator recurses.
const STACK_BYTES: usize = 32 << 20;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It takes too long.
    TooLong,
    /// It panicked.
    Broken,
}

/// Does `work` in a thread of its own and waits at most [`DEADLINE`] for it. What takes longer goes on
/// unheard until it ends or the program does.
pub(super) fn within<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (sender, receiver) = channel();
    let started = Builder::new().stack_size(STACK_BYTES).spawn(move || {
        // Nobody may be listening any more.
        let _ = sender.send(work());
    });
    if started.is_err() {
        return Err(Lost::Broken);
    }
    receiver
        .recv_timeout(DEADLINE)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => Lost::TooLong,
            RecvTimeoutError::Disconnected => Lost::Broken,
        })
}
