//! The processor.

use super::features;
use super::{Check, State};

/// Says what the processor can do and how many threads compute.
pub(super) fn checks() -> Vec<Check> {
    let features: Vec<_> = features::found().collect();
    let says = if features.is_empty() {
        "none that quantised weights are computed with".to_owned()
    } else {
        features.join(", ")
    };
    let state = if features.is_empty() {
        State::Warns
    } else {
        State::Works
    };
    let threads = aldo_models::threads();
    vec![
        Check::new("cpu", std::env::consts::ARCH, state, says),
        Check::new("cpu", "threads", State::Works, threads.to_string()),
    ]
}
