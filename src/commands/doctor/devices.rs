//! What computes.

use aldo_models::{DeviceChoice, pick};

use super::{Check, State};

/// Tries every device.
pub(super) fn checks() -> Vec<Check> {
    let named = [
        ("cuda", DeviceChoice::Cuda(0)),
        ("metal", DeviceChoice::Metal),
    ];
    let named = named.map(|(name, choice)| match pick(choice) {
        Ok(_) => Check::new("device", name, State::Works, "can be used"),
        Err(error) => Check::new("device", name, State::Absent, error.to_string()),
    });
    let chosen = match pick(DeviceChoice::Auto) {
        Ok((_, why)) => Check::new("device", "auto", State::Works, why),
        Err(error) => Check::new("device", "auto", State::Fails, error.to_string()),
    };
    let cpu = Check::new("device", "cpu", State::Works, "can always be used");
    [cpu].into_iter().chain(named).chain([chosen]).collect()
}
