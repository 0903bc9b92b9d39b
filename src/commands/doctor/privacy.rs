//! What may leave the machine.

use super::{Check, State};
use crate::commands::Context;
use crate::config::without_secrets;
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
    vec![
        Check::new("network", "offline", State::Works, offline),
        hosted,
        Check::new(
            "privacy",
            "default tier",
            State::Works,
            config.default_privacy.as_str(),
        ),
    ]
}
