//! Which instructions the kernels of this process use.

use std::sync::OnceLock;

/// The variable that caps the level.
const VARIABLE: &str = "ALDO_CPU";

/// A set of vector instructions, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CpuLevel {
    /// No vector instructions but those that every processor of the family has.
    Scalar,
    /// Arm's, 128 bits, with dot products of 8-bit integers.
    Neon,
    /// As `Neon`, with products of matrices of 8-bit integers.
    I8mm,
    /// 256 bits, with fused multiply-add and 16-bit floats.
    Avx2,
    /// As `Avx2`, with dot products of 8-bit integers.
    AvxVnni,
    /// 512 bits, with dot products of 8-bit integers.
    Avx512,
}

impl CpuLevel {
    /// Every level, the smallest first.
    pub const ALL: [Self; 6] = [
        Self::Scalar,
        Self::Neon,
        Self::I8mm,
        Self::Avx2,
        Self::AvxVnni,
        Self::Avx512,
    ];

    /// Its name, as `ALDO_CPU` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Neon => "neon",
            Self::I8mm => "i8mm",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avxvnni",
            Self::Avx512 => "avx512",
        }
    }

    /// The level called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// Whether this processor has it.
    pub fn is_supported(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Neon => has_neon(),
            Self::I8mm => has_neon() && has_i8mm(),
            Self::Avx2 => has_avx2(),
            Self::AvxVnni => has_avx2() && has_avx_vnni(),
            Self::Avx512 => has_avx2() && has_avx512(),
        }
    }

    /// The largest level up to `cap` that this processor has.
    fn best(cap: Self) -> Self {
        let within = Self::ALL.into_iter().rev().filter(|level| *level <= cap);
        within
            .into_iter()
            .find(|level| level.is_supported())
            .unwrap_or(Self::Scalar)
    }
}

/// The level that this process computes with: the best of this processor, at most what the variable
/// `ALDO_CPU` says. It is chosen once.
pub fn level() -> CpuLevel {
    static LEVEL: OnceLock<CpuLevel> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let asked = std::env::var(VARIABLE).ok();
        let cap = asked.and_then(|name| CpuLevel::from_name(&name));
        CpuLevel::best(cap.unwrap_or(CpuLevel::Avx512))
    })
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

/// In tests AVX-512's dot products stand in for those of AVX-VNNI, see `avx2::dots`.
#[cfg(target_arch = "x86_64")]
fn has_avx_vnni() -> bool {
    is_x86_feature_detected!("avxvnni") || cfg!(test) && has_avx512()
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vnni")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx_vnni() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx512() -> bool {
    false
}

#[cfg(target_arch = "aarch64")]
fn has_neon() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("dotprod")
}

#[cfg(target_arch = "aarch64")]
fn has_i8mm() -> bool {
    std::arch::is_aarch64_feature_detected!("i8mm")
}

#[cfg(not(target_arch = "aarch64"))]
fn has_neon() -> bool {
    false
}

#[cfg(not(target_arch = "aarch64"))]
fn has_i8mm() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_level() {
        for level in CpuLevel::ALL {
            assert_eq!(CpuLevel::from_name(level.name()), Some(level));
        }
        assert_eq!(CpuLevel::from_name("AVX2"), None);
    }

    #[test]
    fn the_best_level_is_supported_and_within_its_cap() {
        for cap in CpuLevel::ALL {
            let best = CpuLevel::best(cap);
            assert!(best <= cap && best.is_supported(), "{cap:?}");
        }
        assert!(level().is_supported());
    }
}
