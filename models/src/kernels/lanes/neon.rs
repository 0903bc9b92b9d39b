//! Lanes in four registers of 128 bits.

#[allow(clippy::wildcard_imports)] // a page of intrinsics
use std::arch::aarch64::*;
use std::arch::asm;

use super::{LANES, Lanes};

/// What every 64-bit Arm has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon;

/// The numbers of the lanes, behind each other.
static NUMBERS: [i32; LANES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Lanes of a register.
const QUARTER: usize = LANES / 4;

/// `op` of all registers.
macro_rules! all {
    ($op:expr, $($x:expr),+) => {
        // SAFETY: the caller's.
        unsafe { [$op($($x[0]),+), $op($($x[1]),+), $op($($x[2]),+), $op($($x[3]),+)] }
    };
}

/// `a` where it is larger, else `b`.
#[inline(always)]
unsafe fn larger(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: the caller's.
    unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
}

/// `a` where it is smaller, else `b`.
#[inline(always)]
unsafe fn smaller(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: the caller's.
    unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
}

/// 2ˣ.
#[inline(always)]
unsafe fn power(x: int32x4_t) -> float32x4_t {
    // SAFETY: the caller's.
    unsafe { vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(x, vdupq_n_s32(127)))) }
}

/// Adds products of pairs: eight lanes of `b`, of which products take first the first numbers of all, then
/// the second ones.
#[inline(always)]
unsafe fn add_pairs(sum: [int32x4_t; 2], a: int16x4_t, b: [int32x4_t; 2]) -> [int32x4_t; 2] {
    // SAFETY: the caller's.
    unsafe {
        let b = [vreinterpretq_s16_s32(b[0]), vreinterpretq_s16_s32(b[1])];
        let (first, second) = (vuzp1q_s16(b[0], b[1]), vuzp2q_s16(b[0], b[1]));
        let low = vmlal_lane_s16::<0>(sum[0], vget_low_s16(first), a);
        let high = vmlal_high_lane_s16::<0>(sum[1], first, a);
        [
            vmlal_lane_s16::<1>(low, vget_low_s16(second), a),
            vmlal_high_lane_s16::<1>(high, second, a),
        ]
    }
}

impl Lanes for Neon {
    type F = [float32x4_t; 4];
    type I = [int32x4_t; 4];
    type Pair = int16x4_t;
    const COLUMNS: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        // SAFETY: the caller's.
        unsafe {
            [
                vld1q_f32(from),
                vld1q_f32(from.add(QUARTER)),
                vld1q_f32(from.add(2 * QUARTER)),
                vld1q_f32(from.add(3 * QUARTER)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, x: Self::F) {
        // SAFETY: the caller's.
        unsafe {
            vst1q_f32(to, x[0]);
            vst1q_f32(to.add(QUARTER), x[1]);
            vst1q_f32(to.add(2 * QUARTER), x[2]);
            vst1q_f32(to.add(3 * QUARTER), x[3]);
        }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        // SAFETY: the caller's.
        [unsafe { vdupq_n_f32(x) }; 4]
    }

    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        all!(vaddq_f32, a, b)
    }

    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        all!(vsubq_f32, a, b)
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        all!(vmulq_f32, a, b)
    }

    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        all!(vdivq_f32, a, b)
    }

    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        all!(vfmaq_f32, c, a, b)
    }

    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        all!(larger, a, b)
    }

    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        all!(smaller, a, b)
    }

    #[inline(always)]
    unsafe fn abs(x: Self::F) -> Self::F {
        all!(vabsq_f32, x)
    }

    #[inline(always)]
    unsafe fn within(x: Self::F, other: Self::F, first: usize, end: usize) -> Self::F {
        // SAFETY: the caller's; there are sixteen numbers.
        unsafe {
            let first = vdupq_n_s32(first.min(LANES) as i32);
            let end = vdupq_n_s32(end.min(LANES) as i32);
            let numbers = Self::load_i(NUMBERS.as_ptr());
            let one = |number: usize| {
                let (behind, before) = (
                    vcgeq_s32(numbers[number], first),
                    vcltq_s32(numbers[number], end),
                );
                vbslq_f32(vandq_u32(behind, before), x[number], other[number])
            };
            [one(0), one(1), one(2), one(3)]
        }
    }

    #[inline(always)]
    unsafe fn sum(x: Self::F) -> f32 {
        // SAFETY: the caller's.
        unsafe { vaddvq_f32(vaddq_f32(vaddq_f32(x[0], x[1]), vaddq_f32(x[2], x[3]))) }
    }

    #[inline(always)]
    unsafe fn largest(x: Self::F) -> f32 {
        // SAFETY: the caller's.
        unsafe {
            let (low, high) = (vmaxnmq_f32(x[0], x[1]), vmaxnmq_f32(x[2], x[3]));
            vmaxnmvq_f32(vmaxnmq_f32(low, high))
        }
    }

    #[inline(always)]
    unsafe fn round(x: Self::F) -> Self::I {
        all!(vcvtnq_s32_f32, x)
    }

    #[inline(always)]
    unsafe fn float(x: Self::I) -> Self::F {
        all!(vcvtq_f32_s32, x)
    }

    #[inline(always)]
    unsafe fn power(x: Self::I) -> Self::F {
        all!(power, x)
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        // SAFETY: the caller's.
        unsafe {
            [
                vld1q_s32(from),
                vld1q_s32(from.add(QUARTER)),
                vld1q_s32(from.add(2 * QUARTER)),
                vld1q_s32(from.add(3 * QUARTER)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn store_i(to: *mut i32, x: Self::I) {
        // SAFETY: the caller's.
        unsafe {
            vst1q_s32(to, x[0]);
            vst1q_s32(to.add(QUARTER), x[1]);
            vst1q_s32(to.add(2 * QUARTER), x[2]);
            vst1q_s32(to.add(3 * QUARTER), x[3]);
        }
    }

    #[inline(always)]
    unsafe fn store_short(to: *mut i16, x: Self::I) {
        // SAFETY: the caller's.
        unsafe {
            vst1q_s16(to, vqmovn_high_s32(vqmovn_s32(x[0]), x[1]));
            vst1q_s16(to.add(2 * QUARTER), vqmovn_high_s32(vqmovn_s32(x[2]), x[3]));
        }
    }

    #[inline(always)]
    unsafe fn zero_i() -> Self::I {
        // SAFETY: the caller's.
        [unsafe { vdupq_n_s32(0) }; 4]
    }

    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> int16x4_t {
        // SAFETY: the caller's.
        unsafe { vreinterpret_s16_s32(vdup_n_s32(from.cast::<i32>().read_unaligned())) }
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, a: int16x4_t, b: Self::I) -> Self::I {
        // SAFETY: the caller's.
        unsafe {
            let low = add_pairs([sum[0], sum[1]], a, [b[0], b[1]]);
            let high = add_pairs([sum[2], sum[3]], a, [b[2], b[3]]);
            [low[0], low[1], high[0], high[1]]
        }
    }

    #[inline(always)]
    #[allow(clippy::pointers_in_nomem_asm_block)] // nothing is read that the program could see
    unsafe fn prefetch(from: *const u8) {
        // SAFETY: a hint, good for any address.
        unsafe {
            asm!("prfm pldl1keep, [{0}]", in(reg) from, options(nomem, nostack, preserves_flags));
        }
    }
}
