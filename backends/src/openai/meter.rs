use std::time::Instant;

use crate::Usage;
use crate::openai_wire::{Timings, WireUsage};

/// Measures an answer from outside, and believes the server where it knows better.
#[derive(Debug)]
pub(super) struct Meter {
    accepted: Instant,
    first: Option<Instant>,
    last: Option<Instant>,
    /// What the server counted.
    pub(super) counted: Option<WireUsage>,
    /// What the server measured.
    pub(super) timed: Option<Timings>,
}

impl Meter {
    pub(super) fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            first: None,
            last: None,
            counted: None,
            timed: None,
        }
    }

    /// Notes that a part of the answer came now.
    pub(super) fn part_came(&mut self) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    pub(super) fn usage(&self) -> Usage {
        let counted = self.counted.unwrap_or_default();
        let timed = self.timed.unwrap_or_default();
        let between = |from: Option<Instant>, to: Option<Instant>| match (from, to) {
            (Some(from), Some(to)) => to.duration_since(from).as_secs_f64() * 1e3,
            _ => 0.0,
        };
        let first_token_ms = between(Some(self.accepted), self.first);
        let came_ms = between(self.first, self.last);
        Usage {
            tokens_in: counted.prompt,
            tokens_cached: counted.cached.max(timed.cached),
            tokens_out: counted.completion,
            tokens_reasoning: counted.reasoning,
            load_ms: 0.0,
            prefill_ms: timed.prompt_ms.unwrap_or(first_token_ms),
            first_token_ms,
            // A server that sends everything at once knows better; one that claims less than the answer
            // took to come does not.
            decode_ms: timed.predicted_ms.map_or(came_ms, |ms| ms.max(came_ms)),
        }
    }
}
