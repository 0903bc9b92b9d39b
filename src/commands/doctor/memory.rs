//! Memory, the limit of the control group included.

use sysinfo::System;

use super::{Check, State};
use crate::ui::size;

/// Less than this and only tiny models run, in bytes.
const AVAILABLE_BYTES_MIN: u64 = 1_000_000_000;

/// Says how much memory there is, and how much of it may be had.
pub(super) fn checks() -> Vec<Check> {
    let Ok(mut system) = System::new() else {
        return vec![Check::new(
            "memory",
            "total",
            State::Warns,
            "the system does not say",
        )];
    };
    system.refresh_memory();
    let (total, available) = (system.total_memory(), system.available_memory());
    let mut checks = vec![Check::new(
        "memory",
        "total",
        State::Works,
        size::bytes(total),
    )];
    let mut least = available;
    let limits = system.cgroup_limits();
    if let Some(limits) = limits.filter(|limits| limits.total_memory < total) {
        least = available.min(limits.free_memory);
        let says = format!(
            "{} for this control group",
            size::bytes(limits.total_memory)
        );
        checks.push(Check::new("memory", "limit", State::Works, says));
    }
    let state = if least < AVAILABLE_BYTES_MIN {
        State::Warns
    } else {
        State::Works
    };
    checks.push(Check::new("memory", "available", state, size::bytes(least)));
    checks
}
