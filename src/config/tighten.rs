//! What a project's own file may do: only make things stricter.

use std::str::FromStr;

use super::layers::{Setting, parse_count, parse_seconds, parse_switch, parse_usd};
use super::runtime::parse_list;
use crate::capabilities::PrivacyTier;
use crate::env::{self, Variable};
use crate::failure::Failure;

/// Returns whether `wanted` is at least as strict as what holds `below`.
///
/// # Errors
/// A usage failure when `wanted` cannot be read.
pub(super) fn is_stricter(
    variable: &Variable,
    below: Option<&Setting>,
    wanted: &Setting,
) -> Result<bool, Failure> {
    match variable.name {
        name if name == env::OFFLINE.name => wanted.parse_with(parse_switch),
        name if name == env::DEFAULT_PRIVACY.name => {
            compare(below, wanted, tier, |was, now| now >= was)
        }
        name if name == env::RUN_USD_CAP.name => {
            compare(below, wanted, parse_usd, |was, now| now <= was)
        }
        name if name == env::RUN_SECONDS_CAP.name => {
            compare(below, wanted, parse_seconds, |was, now| now <= was)
        }
        name if name == env::LOCAL_DISCOVERY.name => probes_fewer(below, wanted),
        _ => compare(below, wanted, parse_count, |was, now| now <= was),
    }
}

/// Where nothing is set below, whatever is wanted is stricter.
fn compare<T>(
    below: Option<&Setting>,
    wanted: &Setting,
    parse: fn(&str) -> Result<T, String>,
    stricter: fn(&T, &T) -> bool,
) -> Result<bool, Failure> {
    let now = wanted.parse_with(parse)?;
    match below {
        Some(below) => Ok(stricter(&below.parse_with(parse)?, &now)),
        None => Ok(true),
    }
}

/// Unset, `run` probes nothing: only what the user turned on may be kept or turned off.
fn probes_fewer(below: Option<&Setting>, wanted: &Setting) -> Result<bool, Failure> {
    let now = wanted.parse_with(parse_list)?;
    let was = match below {
        Some(below) => below.parse_with(parse_list)?,
        None => Vec::new(),
    };
    Ok(now.iter().all(|runtime| was.contains(runtime)))
}

fn tier(word: &str) -> Result<PrivacyTier, String> {
    PrivacyTier::from_str(word).map_err(|error| error.to_string())
}
