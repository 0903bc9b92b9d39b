//! A bar for bytes that come or go, with rate and time left.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sanitize::visible;
use super::size;

/// How often the bar is drawn in a second.
const DRAWS_PER_SECOND: u8 = 8;
/// What the rate is the mean of: long enough for a steady figure, short enough to show a stall.
const WINDOW: Duration = Duration::from_secs(8);

/// How far a transfer is. Dropping it clears the bar.
pub(crate) struct Transfer {
    bar: ProgressBar,
    rate: Rate,
}

impl Transfer {
    pub(super) fn new(total_bytes: u64, shown: bool) -> Self {
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total_bytes), target);
        let template = "{bar:24} {decimal_bytes}/{decimal_total_bytes} {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let rate = Rate::default();
        Self { bar, rate }
    }

    /// Says how many bytes are done, and what is being done.
    pub(crate) fn set(&mut self, done_bytes: u64, what: &str) {
        self.rate.add(Instant::now(), done_bytes);
        let left = self
            .bar
            .length()
            .unwrap_or_default()
            .saturating_sub(done_bytes);
        let pace = self.rate.pace(left);
        self.bar.set_position(done_bytes);
        self.bar.set_message(format!("{pace}{}", visible(what)));
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How many bytes were done when, within the last [`WINDOW`]. What was there before the first is not counted.
#[derive(Default)]
struct Rate {
    marks: VecDeque<(Instant, u64)>,
}

impl Rate {
    fn add(&mut self, now: Instant, done_bytes: u64) {
        self.marks.push_back((now, done_bytes));
        // The oldest mark that is kept is the last one before the window, so that the mean covers all of it.
        while self.marks.len() > 2 && now.duration_since(self.marks[1].0) > WINDOW {
            self.marks.pop_front();
        }
    }

    /// Bytes a second, once there is a second to measure.
    fn per_second(&self) -> Option<f64> {
        let (first, last) = (self.marks.front()?, self.marks.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        (seconds >= 1.0).then(|| last.1.saturating_sub(first.1) as f64 / seconds)
    }

    /// The rate and the time that `left_bytes` take at it, in words; nothing while it is not known.
    fn pace(&self, left_bytes: u64) -> String {
        let Some(rate) = self.per_second() else {
            return String::new();
        };
        let shown = size::bytes(rate as u64);
        if rate < 1.0 {
            return format!("{shown}/s ");
        }
        let left = Duration::from_secs_f64((left_bytes as f64 / rate).min(1e9));
        format!("{shown}/s, {:#} left ", HumanDuration(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_seconds_and_not_of_what_was_here_before() {
        let start = Instant::now();
        let mut rate = Rate::default();
        rate.add(start, 50_000_000);
        assert_eq!(rate.pace(1), "");
        for second in 1..=20u64 {
            rate.add(
                start + Duration::from_secs(second),
                50_000_000 + second * 2_000_000,
            );
        }
        assert_eq!(rate.per_second(), Some(2_000_000.0));
        assert_eq!(rate.pace(120_000_000), "2.0 MB/s, 60s left ");
        for second in 21..=40u64 {
            rate.add(start + Duration::from_secs(second), 90_000_000);
        }
        assert_eq!(rate.pace(120_000_000), "0 B/s ");
    }
}
