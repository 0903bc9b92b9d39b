use std::time::Duration;

/// Steps of more tokens than this are prefill, and cost less a token.
const TOKENS_MAX: usize = 64;
/// What is kept of what was learnt with every step: the last fifty count most.
const MEMORY: f64 = 0.98;
/// What a further token costs before that was measured, as a part of the first.
const SLOPE_START: f64 = 0.15;
/// How many measurements the assumption above counts for.
const START_WEIGHT: f64 = 4.0;
/// No token is worth computing that is not at least this likely to be right.
const THRESHOLD_MIN: f64 = 0.05;
/// How much better than plain decoding a guess must be, since both figures are estimates.
const MARGIN: f64 = 1.25;

/// What a step costs: a fixed part and a part for each token, fitted to the steps so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    weight: f64,
    tokens: f64,
    ms: f64,
    tokens_squared: f64,
    tokens_ms: f64,
}

impl Pace {
    /// Learns that a step of `tokens` took `time`.
    pub(super) fn observe(&mut self, tokens: usize, time: Duration) {
        if tokens == 0 || tokens > TOKENS_MAX {
            return;
        }
        let (x, y) = (tokens as f64, time.as_secs_f64() * 1000.0);
        let learn = |sum: &mut f64, value: f64| *sum = *sum * MEMORY + value;
        learn(&mut self.weight, 1.0);
        learn(&mut self.tokens, x);
        learn(&mut self.ms, y);
        learn(&mut self.tokens_squared, x * x);
        learn(&mut self.tokens_ms, x * y);
    }

    /// How likely a further token must be right to be worth computing in a step of `tokens`, of which
    /// `writing` sequences write one each: so likely that it costs no more than tokens cost otherwise.
    pub(super) fn threshold(&self, writing: usize, tokens: usize) -> f32 {
        if self.weight == 0.0 {
            return 1.0;
        }
        let slope = self.slope();
        let (x, y) = (self.tokens / self.weight, self.ms / self.weight);
        let step = (y + slope * (tokens as f64 - x)).max(f64::MIN_POSITIVE);
        let threshold = MARGIN * slope * writing as f64 / step;
        threshold.clamp(THRESHOLD_MIN, 1.0) as f32
    }

    /// Milliseconds a further token takes, never less than nothing.
    fn slope(&self) -> f64 {
        let (x, y) = (self.tokens / self.weight, self.ms / self.weight);
        let variance = self.tokens_squared / self.weight - x * x;
        let covariance = self.tokens_ms / self.weight - x * y;
        let start = SLOPE_START * y / x;
        let doubt = START_WEIGHT / self.weight;
        ((covariance + doubt * start) / (variance + doubt)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(fixed_ms: u64, token_ms: u64) -> Pace {
        let mut pace = Pace::default();
        for tokens in [1, 1, 1, 5, 1, 9, 1, 3].into_iter().cycle().take(80) {
            let time = Duration::from_millis(fixed_ms + token_ms * tokens as u64);
            pace.observe(tokens, time);
        }
        pace
    }

    #[test]
    fn a_token_must_be_as_likely_as_it_is_dear() {
        let bandwidth_bound = learnt(90, 10).threshold(1, 1);
        assert!((0.1..0.15).contains(&bandwidth_bound), "{bandwidth_bound}");
        let compute_bound = learnt(20, 80).threshold(1, 1);
        assert!(compute_bound > 0.9, "{compute_bound}");
        let together = learnt(90, 10).threshold(8, 8);
        assert!((0.5..0.65).contains(&together), "{together}");
    }

    #[test]
    fn nothing_is_guessed_before_a_step_was_measured_and_prefill_is_none() {
        let mut pace = Pace::default();
        assert!(pace.threshold(1, 1) >= 1.0);
        pace.observe(256, Duration::from_millis(900));
        assert!(pace.threshold(1, 1) >= 1.0);
        pace.observe(1, Duration::from_millis(50));
        let threshold = pace.threshold(1, 1);
        assert!((0.15..0.2).contains(&threshold), "{threshold}");
    }
}
