//! How long a download waits, and how often it tries again.

use std::time::Duration;

/// The limits of waiting. Tests set them to milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes.
    pub idle: Duration,
    /// Over this time at least [`Patience::pace_bytes`] must come.
    pub pace: Duration,
    /// See [`Patience::pace`].
    pub pace_bytes: u64,
    /// How often in a row a download is taken up again without getting further.
    pub attempts: u32,
    /// Before the first new attempt; it doubles with each.
    pub backoff: Duration,
}

/// The longest wait between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// The longest wait that a hub can ask for.
const ASKED_MAX: Duration = Duration::from_mins(1);

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            pace: Duration::from_mins(1),
            pace_bytes: 64 << 10,
            attempts: 5,
            backoff: Duration::from_secs(1),
        }
    }
}

impl Patience {
    /// How long to wait before the attempt after `failures` of them, when the hub asked for `asked`.
    pub(super) fn before_attempt(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let doubled = self
            .backoff
            .saturating_mul(1 << failures.saturating_sub(1).min(10));
        let asked = asked.unwrap_or_default().min(ASKED_MAX);
        doubled.min(BACKOFF_MAX).max(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let patience = Patience::default();
        let waits = [1, 2, 3, 40].map(|failures| patience.before_attempt(failures, None).as_secs());
        assert_eq!(waits, [1, 2, 4, 30]);
        let asked = Some(Duration::from_hours(1));
        assert_eq!(patience.before_attempt(1, asked), Duration::from_mins(1));
    }
}
