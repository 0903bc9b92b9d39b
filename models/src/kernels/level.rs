//! The kernels of a level, behind one form.

use crate::kernels::format::{Format, VECTOR};
use crate::kernels::isa::CpuLevel;
#[cfg(target_arch = "aarch64")]
use crate::kernels::neon;
#[cfg(target_arch = "x86_64")]
use crate::kernels::{avx2, avx512};

/// Multiplies a panel of some blocks with the records of a tile and writes the sums of its rows.
///
/// # Safety
/// The processor has the level that the kernel belongs to; the pointers lead to a panel and to records of
/// that many blocks with `rows` padded rows, and to a sum for each lane of each of them. The kernel is one
/// for that many rows.
pub(super) type Kernel =
    unsafe fn(panel: *const u8, blocks: usize, x: *const u8, rows: usize, sums: *mut f32);

/// Unpacks a panel of some blocks.
///
/// # Safety
/// The processor has the level that it belongs to; the pointers lead to a panel of that many blocks and to
/// [`unpacked_bytes`] bytes.
pub(super) type Unpack = unsafe fn(panel: *const u8, blocks: usize, out: *mut u8);

/// Bytes of an unpacked panel, at most: of each block eight vectors of codes, and four of scales and minima,
/// which Arm's products of matrices have twice.
pub(super) fn unpacked_bytes(blocks: usize) -> usize {
    let twice = if cfg!(target_arch = "aarch64") { 2 } else { 1 };
    blocks * (8 + twice * kinds(true, true)) * VECTOR
}

/// How many vectors of scales and minima an unpacked block has.
pub(super) const fn kinds(halves: bool, minima: bool) -> usize {
    (1 + halves as usize) * (1 + minima as usize)
}

/// The kernels of a level.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// For a packed panel and a tile of up to eight padded rows.
    pub(super) few: fn(Format, usize) -> Kernel,
    /// For many rows.
    pub(super) many: Many,
}

/// How panels are multiplied with many tiles.
#[derive(Clone, Copy)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // Arm has no level that multiplies packed panels
pub(super) enum Many {
    /// Packed, with a tile of this many padded rows.
    Packed(fn(Format, usize) -> Kernel),
    /// Unpacked before.
    Unpacked {
        /// For an unpacked panel and a tile of this many padded rows.
        kernel: fn(Format, usize) -> Kernel,
        /// Unpacks a panel.
        unpack: fn(Format) -> Unpack,
    },
}

/// The kernels of `level`; none where plain Rust computes.
#[allow(clippy::match_same_arms)] // a level is missing for a reason of its own
pub(super) fn kernels(level: CpuLevel) -> Option<Kernels> {
    match level {
        CpuLevel::Scalar => None,
        #[cfg(target_arch = "aarch64")]
        CpuLevel::Neon => Some(Kernels {
            few: neon::few,
            many: Many::Unpacked {
                kernel: neon::many,
                unpack: neon::unpack,
            },
        }),
        #[cfg(target_arch = "aarch64")]
        CpuLevel::I8mm => Some(Kernels {
            few: neon::few,
            many: Many::Unpacked {
                kernel: neon::matrix::many,
                unpack: neon::matrix::unpack,
            },
        }),
        #[cfg(not(target_arch = "aarch64"))]
        CpuLevel::Neon | CpuLevel::I8mm => None,
        #[cfg(target_arch = "x86_64")]
        CpuLevel::Avx2 => Some(Kernels {
            few: avx2::plain,
            many: Many::Packed(avx2::plain),
        }),
        #[cfg(target_arch = "x86_64")]
        CpuLevel::AvxVnni => Some(Kernels {
            few: avx2::vnni,
            many: Many::Packed(avx2::vnni),
        }),
        #[cfg(target_arch = "x86_64")]
        CpuLevel::Avx512 => Some(Kernels {
            few: avx512::few,
            many: Many::Unpacked {
                kernel: avx512::many,
                unpack: avx512::unpack,
            },
        }),
        #[cfg(not(target_arch = "x86_64"))]
        CpuLevel::Avx2 | CpuLevel::AvxVnni | CpuLevel::Avx512 => None,
    }
}
