//! The processor.

use aldo_models::CpuLevel;

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
    let level = aldo_models::cpu_level();
    let chosen = match level {
        CpuLevel::Scalar => State::Warns,
        CpuLevel::Neon | CpuLevel::I8mm | CpuLevel::Avx2 | CpuLevel::AvxVnni | CpuLevel::Avx512 => {
            State::Works
        }
    };
    let kernels = match level {
        CpuLevel::Scalar => "scalar: no vector instructions are used".to_owned(),
        CpuLevel::Neon | CpuLevel::I8mm | CpuLevel::Avx2 | CpuLevel::AvxVnni | CpuLevel::Avx512 => {
            level.name().to_owned()
        }
    };
    vec![
        Check::new("cpu", std::env::consts::ARCH, state, says),
        Check::new("cpu", "kernels", chosen, kernels),
        Check::new("cpu", "threads", State::Works, threads.to_string()),
    ]
}
