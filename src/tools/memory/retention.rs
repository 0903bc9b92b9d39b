use std::time::Duration;

use serde_json::Value;

use super::super::problem::Problem;
use crate::spec::Memory;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

/// Returns how long notes are kept: `retention` of the spec, such as `30d`, `12h` or `5m`; always where
/// it says nothing.
pub(super) fn of(memory: &Memory) -> Result<Option<Duration>, Problem> {
    let Some(value) = &memory.retention else {
        return Ok(None);
    };
    let unknown = || {
        Problem::refused(format!(
            "`memory.retention: {value}` of the spec is not understood: expected `30d`, `12h` or `5m`"
        ))
    };
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.as_str(),
        _ => return Err(unknown()),
    };
    parse(text).map(Some).ok_or_else(unknown)
}

fn parse(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        'd' => DAY_S,
        'h' => HOUR_S,
        'm' => MINUTE_S,
        's' => 1,
        _ => return None,
    };
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(parse("30d"), Some(Duration::from_hours(720)));
        assert_eq!(parse("5m"), Some(Duration::from_mins(5)));
        for wrong in [
            "",
            "d",
            "30",
            "-1d",
            "1y",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
