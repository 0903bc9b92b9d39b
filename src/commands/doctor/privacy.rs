//! What may leave the machine.

use aldo_backends::seal::{self, FileRules};

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
    let tier = config.default_privacy.as_str();
    let (state, says) = match ctx.telemetry.described() {
        Ok(says) => (State::Works, says),
        Err(why) => (State::Absent, why),
    };
    let mut checks = vec![
        Check::new("network", "offline", State::Works, offline),
        hosted,
        Check::new("network", "telemetry", state, says),
        Check::new("privacy", "default tier", State::Works, tier),
    ];
    checks.extend(locks());
    checks
}

/// What keeps a sensitive run here, lock by lock; the kernel's are tried out.
fn locks() -> Vec<Check> {
    let support = seal::support();
    let kernel = match support.connections {
        Ok(()) => Check::new(
            "privacy",
            "lock: kernel",
            State::Works,
            "connections of a sensitive run are refused by the system; tried just now",
        ),
        Err(reason) => Check::new(
            "privacy",
            "lock: kernel",
            State::Warns,
            format!("{reason}; a sensitive run is refused, unless `--no-seal` is given"),
        ),
    };
    vec![
        Check::new(
            "privacy",
            "lock: router",
            State::Works,
            "only models of this machine are candidates of a sensitive agent",
        ),
        Check::new(
            "privacy",
            "lock: addresses",
            State::Works,
            "a sensitive run connects to 127.0.0.0/8 and ::1 only, from there, without proxy or redirect",
        ),
        Check::new(
            "privacy",
            "lock: code",
            State::Works,
            "one file opens connections; checked whenever the program is tested",
        ),
        kernel,
        files(support.files),
    ]
}

fn files(rules: FileRules) -> Check {
    let (state, says) = match rules {
        FileRules::AllThreads => (
            State::Works,
            "a sensitive run writes to its store alone".to_owned(),
        ),
        FileRules::NewThreads => (
            State::Works,
            "a sensitive run writes to its store alone, in every thread it starts".to_owned(),
        ),
        FileRules::Nobody { reason } => (
            State::Warns,
            format!("{reason}; a sensitive run may use every file you may, and tools cannot run"),
        ),
    };
    Check::new("privacy", "lock: files", state, says)
}
