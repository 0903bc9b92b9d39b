//! Features of 64-bit Arm.

use std::arch::is_aarch64_feature_detected as has;

/// Returns each feature and whether this processor has it.
pub(super) fn all() -> [(&'static str, bool); 4] {
    [
        ("neon", has!("neon")),
        ("dotprod", has!("dotprod")),
        ("i8mm", has!("i8mm")),
        ("fp16", has!("fp16")),
    ]
}
