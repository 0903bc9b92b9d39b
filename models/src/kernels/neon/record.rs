//! Records of activations, in vectors.

use std::arch::aarch64::*;

use super::Kind;
use crate::kernels::activations::code_at;
use crate::kernels::format::BLOCK;

/// Some rows of a record: `rows` in all, of which those from `row` on are meant.
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) at: *const u8,
    pub(super) rows: usize,
    pub(super) row: usize,
}

/// What belongs to the codes of rows.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    /// What codes are multiplied with.
    pub(super) scale: float32x4_t,
    /// That times the sum of all codes.
    pub(super) sum: float32x4_t,
    /// That times the sums of the codes of both halves.
    pub(super) halves: [float32x4_t; 2],
}

/// Functions whose safety is that the record is there, with the rows that are asked for. Rows are counted
/// from the first that is meant.
impl Record {
    /// The codes of columns 8 · `eight` to 8 · `eight` + 7 of row `row` and of the next; twice those of the
    /// row where it is `alone` in its tile.
    #[inline(always)]
    pub(super) unsafe fn eight(self, row: usize, eight: usize, alone: bool) -> int8x16_t {
        // The place depends only on whether there are several rows, which is known when this is compiled.
        let at = code_at(self.row + row, if alone { 1 } else { 2 }, 8 * eight);
        // SAFETY: the caller's; rows take turns, eight columns each.
        unsafe {
            if alone {
                let once = self.at.add(at).cast::<u64>().read_unaligned();
                return vreinterpretq_s8_u64(vdupq_n_u64(once));
            }
            vld1q_s8(self.at.add(at).cast())
        }
    }

    /// What belongs to row `row`.
    #[inline(always)]
    pub(super) unsafe fn numbers(self, kind: Kind, row: usize) -> Numbers {
        // SAFETY: the caller's.
        unsafe { of(kind, |kind| vdupq_n_f32(*self.number(kind, row))) }
    }

    /// What belongs to row `row` and to the next, each in every other lane.
    #[inline(always)]
    pub(super) unsafe fn pair(self, kind: Kind, row: usize) -> Numbers {
        // SAFETY: the caller's.
        unsafe {
            of(kind, |kind| {
                let both = self.number(kind, row).cast::<u64>().read_unaligned();
                vreinterpretq_f32_u64(vdupq_n_u64(both))
            })
        }
    }

    /// Minus 128 times the sum of the codes of row `row`, or of a half of them.
    #[inline(always)]
    pub(super) unsafe fn negated(self, row: usize, half: Option<usize>) -> int32x4_t {
        let kind = half.map_or(1, |half| 3 + half);
        // SAFETY: the caller's.
        unsafe { vdupq_n_s32(*self.number(kind, row).cast::<i32>()) }
    }

    /// Where the number of this kind of a row is.
    #[inline(always)]
    unsafe fn number(self, kind: usize, row: usize) -> *const f32 {
        // SAFETY: the caller's; numbers follow the codes.
        unsafe {
            let numbers = self.at.add(self.rows * BLOCK).cast::<f32>();
            numbers.add(kind * self.rows + self.row + row)
        }
    }
}

/// What a format needs, of which `read` reads the number of a kind.
#[inline(always)]
unsafe fn of(kind: Kind, read: impl Fn(usize) -> float32x4_t) -> Numbers {
    let scale = read(0);
    let mut numbers = Numbers {
        scale,
        sum: scale,
        halves: [scale; 2],
    };
    match (kind.halves, kind.minima) {
        (_, false) => {}
        (false, true) => numbers.sum = read(2),
        // SAFETY: every 64-bit Arm has the instructions.
        (true, true) => unsafe {
            // The sums of halves are there in whole numbers only, times −128.
            let scale = vmulq_f32(scale, vdupq_n_f32(-1.0 / 128.0));
            let sum = |kind| vcvtq_f32_s32(vreinterpretq_s32_f32(read(kind)));
            numbers.halves = [vmulq_f32(scale, sum(3)), vmulq_f32(scale, sum(4))];
        },
    }
    numbers
}
