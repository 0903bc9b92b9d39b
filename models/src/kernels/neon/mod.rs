//! Products with Arm's 128-bit vectors and their dot products of 8-bit integers.
//!
//! Codes become signed numbers, as activations are. For few rows they are taken apart while the packed
//! weights come from memory, a quarter of a panel after the other; for many rows a panel is unpacked once,
//! and half of it is multiplied with up to six rows at a time, whose sums stay in registers. [`matrix`] does
//! the latter with products of matrices, where the processor has them.

mod few;
mod many;
pub(super) mod matrix;
mod record;
mod source;
mod unpack;

use std::arch::aarch64::*;
use std::arch::asm;

use crate::kernels::format::{Format, LANES};
use crate::kernels::level::{Kernel, Unpack};
use record::Numbers;

/// Lanes of a register.
const QUARTER: usize = LANES / 4;
/// Lanes of half a panel.
const HALF: usize = LANES / 2;

/// What scales a format has.
#[derive(Clone, Copy)]
struct Kind {
    /// Whether halves of a block have some of their own.
    halves: bool,
    /// Whether codes count from a minimum.
    minima: bool,
}

impl Kind {
    #[inline(always)]
    fn of<const HALVES: bool, const MINIMA: bool>() -> Self {
        Self {
            halves: HALVES,
            minima: MINIMA,
        }
    }

    /// How many parts of a block have scales of their own.
    #[inline(always)]
    fn parts(self) -> usize {
        1 + usize::from(self.halves)
    }
}

/// Calls a function that is generic over the source of a format.
macro_rules! of_format {
    ($format:expr, $function:ident $(, $pairs:literal)?) => {
        match $format {
            Format::Q4_0 => $function::<source::Q4_0 $(, $pairs)?>,
            Format::Q4_1 => $function::<source::Q4_1 $(, $pairs)?>,
            Format::Q5_0 => $function::<source::Q5_0 $(, $pairs)?>,
            Format::Q5_1 => $function::<source::Q5_1 $(, $pairs)?>,
            Format::Q8_0 => $function::<source::Q8_0 $(, $pairs)?>,
            Format::Q2K => $function::<source::Q2K $(, $pairs)?>,
            Format::Q3K => $function::<source::Q3K $(, $pairs)?>,
            Format::Q4K => $function::<source::Q4K $(, $pairs)?>,
            Format::Q5K => $function::<source::Q5K $(, $pairs)?>,
            Format::Q6K => $function::<source::Q6K $(, $pairs)?>,
            Format::Iq4Nl => $function::<source::Iq4Nl $(, $pairs)?>,
            Format::Iq4Xs => $function::<source::Iq4Xs $(, $pairs)?>,
            Format::Mxfp4 => $function::<source::Mxfp4 $(, $pairs)?>,
        }
    };
}

/// The kernel for a packed panel and a tile of up to eight padded rows.
pub(super) fn few(format: Format, _rows: usize) -> Kernel {
    use few::kernel;
    of_format!(format, kernel)
}

/// The kernel for an unpacked panel and a tile of any size.
pub(super) fn many(format: Format, _rows: usize) -> Kernel {
    match (format.has_halves(), format.has_minima()) {
        (false, false) => many::kernel::<false, false>,
        (false, true) => many::kernel::<false, true>,
        (true, false) => many::kernel::<true, false>,
        (true, true) => many::kernel::<true, true>,
    }
}

/// What unpacks a panel for [`many`].
pub(super) fn unpack(format: Format) -> Unpack {
    use unpack::unpack_panel;
    of_format!(format, unpack_panel, false)
}

/// What unpacks a panel for [`matrix::many`].
fn unpack_pairs(format: Format) -> Unpack {
    use unpack::unpack_panel;
    of_format!(format, unpack_panel, true)
}

/// Adds to each lane the products of its four codes with four codes of activations, those of `x` from
/// number 4 · `quad` on. The compiler has no name for the instruction yet.
///
/// # Safety
/// The processor has dot products.
#[inline(always)]
unsafe fn dot(mut sum: int32x4_t, codes: int8x16_t, x: int8x16_t, quad: usize) -> int32x4_t {
    macro_rules! dot {
        ($quad:literal) => {
            asm!(
                concat!("sdot {0:v}.4s, {1:v}.16b, {2:v}.4b[", $quad, "]"),
                inlateout(vreg) sum,
                in(vreg) codes,
                in(vreg) x,
                options(pure, nomem, nostack, preserves_flags),
            )
        };
    }
    // SAFETY: the caller's.
    unsafe {
        match quad {
            0 => dot!("0"),
            1 => dot!("1"),
            2 => dot!("2"),
            _ => dot!("3"),
        }
    }
    sum
}

/// Adds the products of two lanes of eight codes each with two rows of eight codes of activations: of the
/// first lane with both rows, then of the second. The compiler has no name for the instruction yet.
///
/// # Safety
/// The processor has products of matrices of 8-bit integers.
#[inline(always)]
unsafe fn product(mut sum: int32x4_t, codes: int8x16_t, x: int8x16_t) -> int32x4_t {
    // SAFETY: the caller's.
    unsafe {
        asm!(
            "smmla {0:v}.4s, {1:v}.16b, {2:v}.16b",
            inlateout(vreg) sum,
            in(vreg) codes,
            in(vreg) x,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// Adds dot products of a block, or of its half `half`, times the scales of weights and rows, and what
/// minima come to. It is the same for all kernels, so that all give the same to the bit.
///
/// # Safety
/// Every 64-bit Arm has the instructions.
#[inline(always)]
unsafe fn add_scaled(
    kind: Kind,
    sum: float32x4_t,
    dots: int32x4_t,
    (weight, minimum): (float32x4_t, float32x4_t),
    x: &Numbers,
    half: usize,
) -> float32x4_t {
    // SAFETY: as above.
    unsafe {
        let sum = vfmaq_f32(sum, vcvtq_f32_s32(dots), vmulq_f32(weight, x.scale));
        match (kind.halves, kind.minima) {
            (_, false) => sum,
            (false, true) => vfmsq_f32(sum, minimum, x.sum),
            (true, true) => vfmsq_f32(sum, minimum, x.halves[half]),
        }
    }
}
