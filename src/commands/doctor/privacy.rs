//! What may leave the machine.

use super::{Check, State};
use crate::commands::Context;
use crate::config::{Runtime, without_secrets};
use crate::env;

/// Says what is reachable and what is forbidden.
pub(super) fn checks(ctx: &Context) -> Vec<Check> {
    let config = &ctx.config;
    let offline = if config.offline {
        "on: nothing but loopback may be connected to"
    } else {
        "off"
    };
    let url = config
        .setting(&env::API_URL)
        .map(|setting| without_secrets(&setting.value));
    let url = url.unwrap_or_default();
    let hosted = match &config.api_token {
        Some(_) => Check::new(
            "network",
            "hosted",
            State::Works,
            format!("{url}, with a token"),
        ),
        None => Check::new(
            "network",
            "hosted",
            State::Absent,
            format!("{url}, no token"),
        ),
    };
    let asked = match &config.discovery {
        Some(runtimes) if runtimes.is_empty() => "none may be asked".to_owned(),
        Some(runtimes) => runtimes
            .iter()
            .map(|r| r.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        None => Runtime::ALL.map(Runtime::as_str).join(", "),
    };
    let asked = format!("{asked}; this version asks none yet");
    vec![
        Check::new("network", "offline", State::Works, offline),
        hosted,
        Check::new("network", "runtimes", State::Absent, asked),
        Check::new(
            "privacy",
            "default tier",
            State::Works,
            config.default_privacy.as_str(),
        ),
    ]
}
