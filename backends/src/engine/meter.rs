use std::time::Instant;

use crate::Usage;

/// Counts what an answer takes.
#[derive(Debug)]
pub(super) struct Meter {
    accepted: Instant,
    prefill_from: Option<Instant>,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
    usage: Usage,
}

impl Meter {
    /// Starts counting for a prompt of `tokens_in` that was accepted at `accepted`, and for which the
    /// model was loaded in `load_ms`.
    pub(super) fn new(accepted: Instant, tokens_in: usize, load_ms: f64) -> Self {
        Self {
            accepted,
            prefill_from: None,
            first_token: None,
            last_token: None,
            usage: Usage {
                tokens_in: tokens_in as u64,
                load_ms,
                ..Usage::default()
            },
        }
    }

    /// Notes that the prompt is being computed from `now`, of which `cached` tokens are there. Only
    /// the first call counts: a sequence that lost its slot computes its prompt again.
    pub(super) fn prefills(&mut self, now: Instant, cached: usize) {
        if self.prefill_from.is_none() {
            self.prefill_from = Some(now);
            self.usage.tokens_cached = cached as u64;
        }
    }

    /// Notes that a token was chosen at `now`.
    pub(super) fn wrote(&mut self, now: Instant, reasoning: bool) {
        self.first_token.get_or_insert(now);
        self.last_token = Some(now);
        self.usage.tokens_out += 1;
        self.usage.tokens_reasoning += u64::from(reasoning);
    }

    /// What it took so far.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            prefill_ms: ms_between(self.prefill_from, self.first_token),
            first_token_ms: ms_between(Some(self.accepted), self.first_token),
            decode_ms: ms_between(self.first_token, self.last_token),
            ..self.usage
        }
    }
}

/// The milliseconds of a duration.
pub(super) fn ms_between(from: Option<Instant>, to: Option<Instant>) -> f64 {
    match (from, to) {
        (Some(from), Some(to)) => to.saturating_duration_since(from).as_secs_f64() * 1000.0,
        (None, _) | (_, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_of_the_parts_they_name() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut meter = Meter::new(start, 10, 5.0);
        meter.prefills(at(20), 4);
        meter.wrote(at(30), true);
        meter.prefills(at(35), 0);
        meter.wrote(at(70), false);
        let expected = Usage {
            tokens_in: 10,
            tokens_cached: 4,
            tokens_out: 2,
            tokens_reasoning: 1,
            load_ms: 5.0,
            prefill_ms: 10.0,
            first_token_ms: 30.0,
            decode_ms: 40.0,
        };
        assert_eq!(meter.usage(), expected);
    }
}
