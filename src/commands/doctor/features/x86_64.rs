//! Features of x86-64.

use std::arch::is_x86_feature_detected as has;

/// Returns each feature and whether this processor has it.
pub(super) fn all() -> [(&'static str, bool); 6] {
    [
        ("avx2", has!("avx2")),
        ("fma", has!("fma")),
        ("f16c", has!("f16c")),
        ("avx-vnni", has!("avxvnni")),
        ("avx512f", has!("avx512f")),
        ("avx512-vnni", has!("avx512vnni")),
    ]
}
