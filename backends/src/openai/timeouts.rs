use std::time::Duration;

/// How long the parts of an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the request to the first event, retries included: servers load models on demand.
    pub first_event: Duration,
    /// From one event to the whole next one, however it trickles in.
    pub next_event: Duration,
    /// From the request to the end of the answer.
    pub whole: Duration,
    /// The pause before a request is sent a second time; later pauses are longer.
    pub retry_pause: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            first_event: Duration::from_mins(2),
            next_event: Duration::from_secs(30),
            whole: Duration::from_hours(1),
            retry_pause: Duration::from_millis(250),
        }
    }
}
