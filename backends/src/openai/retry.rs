//! When a request that was refused is sent once more. Pure.

use std::time::Duration;

/// How often a request is sent again.
const RETRIES_MAX: u32 = 2;
/// The longest pause a server may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Returns how long to wait before sending again what failed `failures` times before, now with
/// `status`, 0 being a connection that broke without a reply; `None` gives up. A server that loads a
/// model is asked until somebody's patience ends.
pub(super) fn pause(
    failures: u32,
    status: u16,
    retry_after: Option<&str>,
    message: &str,
    first: Duration,
) -> Option<Duration> {
    let asked = retry_after.and_then(|text| text.trim().parse().ok());
    let asked = asked.map(Duration::from_secs);
    if status == 503 && message.to_ascii_lowercase().contains("loading") {
        return Some(asked.unwrap_or(first * 2).min(PAUSE_MAX));
    }
    let worth_it = match status {
        0 => failures == 0,
        429 | 502 | 503 => failures < RETRIES_MAX,
        _ => false,
    };
    let pause = asked.unwrap_or(first * 4_u32.pow(failures.min(RETRIES_MAX)));
    (worth_it && pause <= PAUSE_MAX).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_only_what_may_pass_is_tried_again() {
        let first = Duration::from_millis(250);
        let wait = |failures, status, after| pause(failures, status, after, "", first);
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(wait(0, 429, None), ms(250));
        assert_eq!(wait(1, 503, None), ms(1000));
        assert_eq!(wait(2, 429, None), None);
        assert_eq!(wait(0, 429, Some("3")), ms(3000));
        assert_eq!(
            wait(0, 429, Some("3600")),
            None,
            "longer than anybody waits"
        );
        assert_eq!(wait(0, 429, Some("Wed, 21 Oct 2026 07:28:00 GMT")), ms(250));
        assert_eq!(wait(0, 0, None), ms(250));
        assert_eq!(wait(1, 0, None), None);
        for status in [200, 307, 400, 401, 404, 422, 500, 504] {
            assert_eq!(wait(0, status, Some("1")), None, "{status}");
        }
        let loading = pause(99, 503, None, "Loading model", first);
        assert_eq!(loading, ms(500));
    }
}
