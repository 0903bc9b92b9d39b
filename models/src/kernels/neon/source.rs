//! The formats, as vectors of 8-bit codes and f32 scales for lanes of a panel.
//!
//! A quarter of a panel, four lanes, has a vector of codes and one of scales. Codes are as narrow as in the
//! file, but those of 8 bits and of tables are the signed numbers that they stand for.

use std::arch::aarch64::*;

use super::QUARTER;
use crate::kernels::format::{Format, IQ4_VALUES, LANES, MXFP4_VALUES, VECTOR};

/// Scales, or minima, of some quarters of a panel.
pub(super) type Scales<const C: usize> = [float32x4_t; C];
/// Those of both halves of a block, or twice those of all of it; or scales and minima.
pub(super) type Both<const C: usize> = [Scales<C>; 2];

/// A format.
///
/// # Safety
/// Of all functions: pointers lead to the whole of what they are about; codes to those of a quarter of a
/// panel, whose vectors are 64 bytes apart. Scales are those of `C` quarters, an even number, from the one
/// called `first` on.
pub(super) trait Source {
    /// Bytes of the codes of a block.
    const CODES: usize;
    /// Bytes of what the scales of a group share.
    const SHARED: usize;
    /// Bytes of the scales of a block.
    const SCALES: usize;
    /// Whether halves of a block have scales of their own.
    const HALVES: bool;
    /// Whether codes count from a minimum.
    const MINIMA: bool;
    /// How far 128 is shifted right to become the code of zero, where that is not 0.
    const ZERO_SHIFT: i32;
    /// Whether dot products start from nothing: codes count from a minimum, or that of zero is 0.
    const SIGNED: bool = Self::MINIMA || Self::ZERO_SHIFT == 0;

    /// Reads what the scales of a group share: scales, and minima where there are some.
    unsafe fn shared<const C: usize>(at: *const u8, first: usize) -> Both<C>;
    /// The codes of columns 4 · Q to 4 · Q + 3.
    unsafe fn codes<const Q: usize>(at: *const u8) -> int8x16_t;
    /// The scales of a block, or of its halves.
    unsafe fn scales<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C>;
    /// The minima of a block, or of its halves.
    unsafe fn minima<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C>;
}

/// Declares a format: how its codes and scales are read.
macro_rules! source {
    (
        $name:ident, shared: $shared:ident, codes: $codes:ident, scales: $scales:ident, minima: $minima:ident
    ) => {
        #[doc = concat!("`", stringify!($name), "`")]
        #[allow(non_camel_case_types)]
        pub(super) struct $name;

        impl Source for $name {
            const CODES: usize = Format::$name.codes_bytes();
            const SHARED: usize = Format::$name.shared_bytes();
            const SCALES: usize = Format::$name.scales_bytes();
            const HALVES: bool = Format::$name.has_halves();
            const MINIMA: bool = Format::$name.has_minima();
            const ZERO_SHIFT: i32 = Format::$name.zero_shift();

            #[inline(always)]
            unsafe fn shared<const C: usize>(at: *const u8, first: usize) -> Both<C> {
                unsafe { $shared(at, first) }
            }

            #[inline(always)]
            unsafe fn codes<const Q: usize>(at: *const u8) -> int8x16_t {
                unsafe { $codes::<Q>(at) }
            }

            #[inline(always)]
            unsafe fn scales<const C: usize>(
                shared: Both<C>,
                at: *const u8,
                first: usize,
            ) -> Both<C> {
                unsafe { $scales(shared, at, first) }
            }

            #[inline(always)]
            unsafe fn minima<const C: usize>(
                shared: Both<C>,
                at: *const u8,
                first: usize,
            ) -> Both<C> {
                unsafe { $minima(shared, at, first) }
            }
        }
    };
}

source!(Q4_0, shared: nothing, codes: nibbles, scales: half_scale, minima: no_minima);
source!(Q4_1, shared: nothing, codes: nibbles, scales: half_scale, minima: half_minimum);
source!(Q5_0, shared: nothing, codes: fives, scales: half_scale, minima: no_minima);
source!(Q5_1, shared: nothing, codes: fives, scales: half_scale, minima: half_minimum);
source!(Q8_0, shared: nothing, codes: signed_bytes, scales: half_scale, minima: no_minima);
source!(Q2K, shared: two_halfs, codes: twos, scales: low_small, minima: high_small);
source!(Q3K, shared: one_half, codes: threes, scales: signed_halves, minima: no_minima);
source!(Q4K, shared: two_halfs, codes: nibbles, scales: small_scale, minima: small_minimum);
source!(Q5K, shared: two_halfs, codes: fives, scales: small_scale, minima: small_minimum);
source!(Q6K, shared: one_half, codes: sixes, scales: signed_halves, minima: no_minima);
source!(Iq4Nl, shared: nothing, codes: iq4_values, scales: half_scale, minima: no_minima);
source!(Iq4Xs, shared: one_half, codes: iq4_values, scales: signed_scale, minima: no_minima);
source!(Mxfp4, shared: nothing, codes: mxfp4_values, scales: exponent, minima: no_minima);

// Codes.

#[inline(always)]
unsafe fn load(at: *const u8, number: usize) -> uint8x16_t {
    unsafe { vld1q_u8(at.add(number * VECTOR)) }
}

/// What was made of bytes, as signed numbers; it is below 128.
#[inline(always)]
unsafe fn codes(x: uint8x16_t) -> int8x16_t {
    unsafe { vreinterpretq_s8_u8(x) }
}

#[inline(always)]
unsafe fn and(x: uint8x16_t, mask: u8) -> uint8x16_t {
    unsafe { vandq_u8(x, vdupq_n_u8(mask)) }
}

/// `x` with the bits of `mask` from `more`.
#[inline(always)]
unsafe fn with(x: uint8x16_t, more: uint8x16_t, mask: u8) -> uint8x16_t {
    unsafe { vbslq_u8(vdupq_n_u8(mask), more, x) }
}

/// Shifts bytes left by `by`, or right where it is negative.
#[inline(always)]
unsafe fn shift(x: uint8x16_t, by: i32) -> uint8x16_t {
    unsafe {
        match by {
            -7 => vshrq_n_u8::<7>(x),
            -6 => vshrq_n_u8::<6>(x),
            -5 => vshrq_n_u8::<5>(x),
            -4 => vshrq_n_u8::<4>(x),
            -3 => vshrq_n_u8::<3>(x),
            -2 => vshrq_n_u8::<2>(x),
            -1 => vshrq_n_u8::<1>(x),
            1 => vshlq_n_u8::<1>(x),
            2 => vshlq_n_u8::<2>(x),
            3 => vshlq_n_u8::<3>(x),
            4 => vshlq_n_u8::<4>(x),
            _ => x,
        }
    }
}

#[inline(always)]
unsafe fn signed_bytes<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe { codes(veorq_u8(load(at, Q), vdupq_n_u8(0x80))) }
}

#[inline(always)]
unsafe fn nibble<const Q: usize>(at: *const u8) -> uint8x16_t {
    unsafe {
        let x = load(at, Q % 4);
        if Q < 4 { and(x, 15) } else { shift(x, -4) }
    }
}

#[inline(always)]
unsafe fn nibbles<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe { codes(nibble::<Q>(at)) }
}

/// Nibbles with bits of `more` above them, those of `mask`.
#[inline(always)]
unsafe fn wide_nibbles<const Q: usize>(at: *const u8, more: uint8x16_t, mask: u8) -> int8x16_t {
    unsafe {
        let x = load(at, Q % 4);
        codes(if Q < 4 {
            and(with(x, more, mask), 15 | mask)
        } else {
            with(shift(x, -4), more, mask)
        })
    }
}

#[inline(always)]
unsafe fn fives<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe {
        let bits = shift(load(at, 4), 4 - Q as i32);
        wide_nibbles::<Q>(at, bits, 0x10)
    }
}

#[inline(always)]
unsafe fn sixes<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe {
        let pairs = shift(load(at, 4 + Q / 4), 4 - 2 * (Q as i32 % 4));
        wide_nibbles::<Q>(at, pairs, 0x30)
    }
}

/// The two bits of a quad, with what is above them.
#[inline(always)]
unsafe fn pairs<const Q: usize>(at: *const u8) -> uint8x16_t {
    unsafe { shift(load(at, Q / 4), -2 * (Q as i32 % 4)) }
}

#[inline(always)]
unsafe fn twos<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe { codes(and(pairs::<Q>(at), 3)) }
}

#[inline(always)]
unsafe fn threes<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe {
        let bits = shift(load(at, 2), 2 - Q as i32);
        codes(and(with(pairs::<Q>(at), bits, 4), 7))
    }
}

/// What nibbles stand for in a table.
#[inline(always)]
unsafe fn in_table<const Q: usize>(at: *const u8, values: &[i8; 16]) -> int8x16_t {
    unsafe { vqtbl1q_s8(vld1q_s8(values.as_ptr()), nibble::<Q>(at)) }
}

#[inline(always)]
unsafe fn iq4_values<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe { in_table::<Q>(at, &IQ4_VALUES) }
}

#[inline(always)]
unsafe fn mxfp4_values<const Q: usize>(at: *const u8) -> int8x16_t {
    unsafe { in_table::<Q>(at, &MXFP4_VALUES) }
}

// Scales.

#[inline(always)]
unsafe fn none<const C: usize>() -> Scales<C> {
    unsafe { [vdupq_n_f32(0.0); C] }
}

#[inline(always)]
unsafe fn times<const C: usize>(a: Scales<C>, b: Scales<C>) -> Scales<C> {
    unsafe {
        let mut out = a;
        for (out, b) in out.iter_mut().zip(b) {
            *out = vmulq_f32(*out, b);
        }
        out
    }
}

/// f16 scales, the sixteen of this number.
#[inline(always)]
unsafe fn halfs<const C: usize>(at: *const u8, number: usize, first: usize) -> Scales<C> {
    unsafe {
        let mut out = none();
        for (quarter, out) in out.iter_mut().enumerate() {
            let lane = number * LANES + (first + quarter) * QUARTER;
            let bits = vld1_u16(at.cast::<u16>().add(lane));
            *out = vcvt_f32_f16(vreinterpret_f16_u16(bits));
        }
        out
    }
}

/// Small scales, the sixteen of this number: `widen` makes numbers of eight at a time.
#[inline(always)]
unsafe fn small<const C: usize>(
    at: *const u8,
    (number, first): (usize, usize),
    widen: impl Fn(uint8x8_t) -> [float32x4_t; 2],
) -> Scales<C> {
    unsafe {
        const { assert!(C.is_multiple_of(2)) };
        let mut out = none();
        for (two, out) in out.chunks_exact_mut(2).enumerate() {
            let lane = number * LANES + (first + 2 * two) * QUARTER;
            out.copy_from_slice(&widen(vld1_u8(at.add(lane))));
        }
        out
    }
}

#[inline(always)]
unsafe fn unsigned(x: uint8x8_t) -> [float32x4_t; 2] {
    unsafe {
        let x = vmovl_u8(x);
        let (low, high) = (vmovl_u16(vget_low_u16(x)), vmovl_high_u16(x));
        [vcvtq_f32_u32(low), vcvtq_f32_u32(high)]
    }
}

#[inline(always)]
unsafe fn signed(x: uint8x8_t) -> [float32x4_t; 2] {
    unsafe {
        let x = vmovl_s8(vreinterpret_s8_u8(x));
        let (low, high) = (vmovl_s16(vget_low_s16(x)), vmovl_high_s16(x));
        [vcvtq_f32_s32(low), vcvtq_f32_s32(high)]
    }
}

/// Powers of two, as `format::mxfp4_scale` reads them.
#[inline(always)]
unsafe fn powers(x: uint8x8_t) -> [float32x4_t; 2] {
    unsafe {
        let x = vmovl_u8(vqsub_u8(x, vdup_n_u8(1)));
        let both = [vmovl_u16(vget_low_u16(x)), vmovl_high_u16(x)];
        both.map(|it| vreinterpretq_f32_u32(vshlq_n_u32::<23>(it)))
    }
}

#[inline(always)]
unsafe fn nothing<const C: usize>(_: *const u8, _: usize) -> Both<C> {
    unsafe { [none(); 2] }
}

#[inline(always)]
unsafe fn one_half<const C: usize>(at: *const u8, first: usize) -> Both<C> {
    unsafe { [halfs(at, 0, first), none()] }
}

#[inline(always)]
unsafe fn two_halfs<const C: usize>(at: *const u8, first: usize) -> Both<C> {
    unsafe { [halfs(at, 0, first), halfs(at, 1, first)] }
}

#[inline(always)]
unsafe fn half_scale<const C: usize>(_: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [halfs(at, 0, first); 2] }
}

#[inline(always)]
unsafe fn half_minimum<const C: usize>(_: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [halfs(at, 1, first); 2] }
}

#[inline(always)]
unsafe fn no_minima<const C: usize>(_: Both<C>, _: *const u8, _: usize) -> Both<C> {
    unsafe { [none(); 2] }
}

#[inline(always)]
unsafe fn small_scale<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [times(shared[0], small(at, (0, first), |x| unsigned(x))); 2] }
}

#[inline(always)]
unsafe fn small_minimum<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [times(shared[1], small(at, (1, first), |x| unsigned(x))); 2] }
}

#[inline(always)]
unsafe fn signed_scale<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [times(shared[0], small(at, (0, first), |x| signed(x))); 2] }
}

#[inline(always)]
unsafe fn signed_halves<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe {
        let half = |half| times(shared[0], small(at, (half, first), |x| signed(x)));
        [half(0), half(1)]
    }
}

#[inline(always)]
unsafe fn low_small<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe {
        let low = |x| unsigned(vand_u8(x, vdup_n_u8(15)));
        let half = |half| times(shared[0], small(at, (half, first), low));
        [half(0), half(1)]
    }
}

#[inline(always)]
unsafe fn high_small<const C: usize>(shared: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe {
        let high = |x| unsigned(vshr_n_u8::<4>(x));
        let half = |half| times(shared[1], small(at, (half, first), high));
        [half(0), half(1)]
    }
}

#[inline(always)]
unsafe fn exponent<const C: usize>(_: Both<C>, at: *const u8, first: usize) -> Both<C> {
    unsafe { [small(at, (0, first), |x| powers(x)); 2] }
}
