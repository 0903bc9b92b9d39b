//! The formats, as vectors of 8-bit codes and f32 scales for the sixteen lanes of a panel.
//!
//! Formats without minima have the code 128 for zero: narrow codes are shifted to the top of their byte,
//! which costs nothing beside taking them apart, and their scale is as much smaller.

use std::arch::x86_64::*;

use crate::kernels::format::{Format, IQ4_VALUES, LANES, MXFP4_VALUES, VECTOR};
use crate::kernels::level::kinds;

/// A format, or the result of unpacking one.
///
/// # Safety
/// Of all functions: the processor has AVX-512 F, BW, DQ and VL, and pointers lead to the whole of what
/// they are about.
pub(super) trait Source {
    /// Bytes of the codes of a block.
    const CODES: usize;
    /// Bytes of what the scales of a group share.
    const SHARED: usize;
    /// Bytes of the scales of a block.
    const SCALES: usize;
    /// Whether halves of a block have scales of their own.
    const HALVES: bool = false;
    /// Whether codes count from a minimum; else their zero is 128.
    const MINIMA: bool = false;
    /// What all scales are to be multiplied with.
    const FACTOR: f32 = 1.0;
    /// Whether it comes from memory and should be fetched ahead.
    const AHEAD: bool = true;
    /// What the scales of a group share.
    type Shared: Copy;

    /// Reads what the scales of a group share.
    unsafe fn shared(at: *const u8) -> Self::Shared;
    /// The codes of columns 4 · Q to 4 · Q + 3.
    unsafe fn codes<const Q: usize>(at: *const u8) -> __m512i;
    /// The scales of a block, or of its halves.
    unsafe fn scales(shared: Self::Shared, at: *const u8) -> [__m512; 2];
    /// The minima of a block, or of its halves.
    unsafe fn minima(shared: Self::Shared, at: *const u8) -> [__m512; 2];
}

/// What unpacking leaves.
pub(super) struct Unpacked<const HALVES: bool, const MINIMA: bool>;

impl<const HALVES: bool, const MINIMA: bool> Source for Unpacked<HALVES, MINIMA> {
    const CODES: usize = 8 * VECTOR;
    const SHARED: usize = 0;
    const SCALES: usize = kinds(HALVES, MINIMA) * VECTOR;
    const HALVES: bool = HALVES;
    const MINIMA: bool = MINIMA;
    const AHEAD: bool = false;
    type Shared = ();

    #[inline(always)]
    unsafe fn shared(_: *const u8) {}

    #[inline(always)]
    unsafe fn codes<const Q: usize>(at: *const u8) -> __m512i {
        unsafe { vector(at, Q) }
    }

    #[inline(always)]
    unsafe fn scales((): (), at: *const u8) -> [__m512; 2] {
        unsafe { [floats(at, 0), floats(at, usize::from(HALVES))] }
    }

    #[inline(always)]
    unsafe fn minima((): (), at: *const u8) -> [__m512; 2] {
        if !MINIMA {
            return none();
        }
        let first = 1 + usize::from(HALVES);
        unsafe { [floats(at, first), floats(at, first + usize::from(HALVES))] }
    }
}

/// Declares a format: how its codes and scales are read.
macro_rules! source {
    (
        $name:ident, factor: $factor:expr,
        shared: $shared:ident -> $type:ty, codes: $codes:ident, scales: $scales:ident, minima_by: $read:ident
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
            const FACTOR: f32 = $factor;
            type Shared = $type;

            #[inline(always)]
            unsafe fn shared(at: *const u8) -> $type {
                unsafe { $shared(at) }
            }

            #[inline(always)]
            unsafe fn codes<const Q: usize>(at: *const u8) -> __m512i {
                unsafe { $codes::<Q>(at) }
            }

            #[inline(always)]
            unsafe fn scales(shared: $type, at: *const u8) -> [__m512; 2] {
                unsafe { $scales(shared, at) }
            }

            #[inline(always)]
            unsafe fn minima(shared: $type, at: *const u8) -> [__m512; 2] {
                unsafe { $read(shared, at) }
            }
        }
    };
}

source!(Q4_0, factor: 1.0 / 16.0,
    shared: nothing -> (), codes: top_nibbles, scales: half_scale, minima_by: no_minima);
source!(Q4_1, factor: 1.0,
    shared: nothing -> (), codes: nibbles, scales: half_scale, minima_by: half_minimum);
source!(Q5_0, factor: 1.0 / 8.0,
    shared: nothing -> (), codes: top_fives, scales: half_scale, minima_by: no_minima);
source!(Q5_1, factor: 1.0,
    shared: nothing -> (), codes: fives, scales: half_scale, minima_by: half_minimum);
source!(Q8_0, factor: 1.0,
    shared: nothing -> (), codes: bytes, scales: half_scale, minima_by: no_minima);
source!(Q2K, factor: 1.0,
    shared: two_halves -> [__m512; 2], codes: twos, scales: low_small, minima_by: high_small);
source!(Q3K, factor: 1.0 / 32.0,
    shared: one_half -> __m512, codes: top_threes, scales: signed_halves, minima_by: no_minima);
source!(Q4K, factor: 1.0,
    shared: two_halves -> [__m512; 2], codes: nibbles, scales: small_scale, minima_by: small_minimum);
source!(Q5K, factor: 1.0,
    shared: two_halves -> [__m512; 2], codes: fives, scales: small_scale, minima_by: small_minimum);
source!(Q6K, factor: 1.0 / 4.0,
    shared: one_half -> __m512, codes: top_sixes, scales: signed_halves, minima_by: no_minima);
source!(Iq4Nl, factor: 1.0,
    shared: nothing -> (), codes: iq4_values, scales: half_scale, minima_by: no_minima);
source!(Iq4Xs, factor: 1.0,
    shared: one_half -> __m512, codes: iq4_values, scales: signed_scale, minima_by: no_minima);
source!(Mxfp4, factor: 1.0,
    shared: nothing -> (), codes: mxfp4_values, scales: exponent, minima_by: no_minima);

// Codes.

#[inline(always)]
unsafe fn vector(at: *const u8, number: usize) -> __m512i {
    unsafe { _mm512_loadu_si512(at.add(number * VECTOR).cast()) }
}

#[inline(always)]
unsafe fn bytes<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { vector(at, Q) }
}

#[inline(always)]
unsafe fn and(x: __m512i, mask: u8) -> __m512i {
    unsafe { _mm512_and_si512(x, _mm512_set1_epi8(mask as i8)) }
}

/// `x` with the bits of `more` that are in `mask`.
#[inline(always)]
unsafe fn or_masked(x: __m512i, more: __m512i, mask: u8) -> __m512i {
    unsafe { _mm512_ternarylogic_epi32::<0xf8>(x, more, _mm512_set1_epi8(mask as i8)) }
}

/// Shifts bytes left by `by`, or right where it is negative; what comes from neighbours is for the caller
/// to mask.
#[inline(always)]
unsafe fn shift(x: __m512i, by: i32) -> __m512i {
    unsafe {
        match by {
            -7 => _mm512_srli_epi16::<7>(x),
            -6 => _mm512_srli_epi16::<6>(x),
            -5 => _mm512_srli_epi16::<5>(x),
            -4 => _mm512_srli_epi16::<4>(x),
            -3 => _mm512_srli_epi16::<3>(x),
            -2 => _mm512_srli_epi16::<2>(x),
            -1 => _mm512_srli_epi16::<1>(x),
            1 => _mm512_slli_epi16::<1>(x),
            2 => _mm512_slli_epi16::<2>(x),
            3 => _mm512_slli_epi16::<3>(x),
            4 => _mm512_slli_epi16::<4>(x),
            5 => _mm512_slli_epi16::<5>(x),
            6 => _mm512_slli_epi16::<6>(x),
            7 => _mm512_slli_epi16::<7>(x),
            _ => x,
        }
    }
}

/// The four bits of a quad, with their lowest bit at bit `to`.
#[inline(always)]
unsafe fn nibbles_at<const Q: usize>(at: *const u8, to: i32) -> __m512i {
    unsafe {
        let from = if Q < 4 { 0 } else { 4 };
        and(shift(vector(at, Q % 4), to - from), 15 << to)
    }
}

#[inline(always)]
unsafe fn nibbles<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { nibbles_at::<Q>(at, 0) }
}

#[inline(always)]
unsafe fn top_nibbles<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { nibbles_at::<Q>(at, 4) }
}

/// Adds the bit that vector `number` has for a quad, at bit `to`.
#[inline(always)]
unsafe fn with_bit<const Q: usize>(x: __m512i, at: *const u8, number: usize, to: i32) -> __m512i {
    unsafe { or_masked(x, shift(vector(at, number), to - Q as i32), 1 << to) }
}

#[inline(always)]
unsafe fn fives<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { with_bit::<Q>(nibbles::<Q>(at), at, 4, 4) }
}

#[inline(always)]
unsafe fn top_fives<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { with_bit::<Q>(nibbles_at::<Q>(at, 3), at, 4, 7) }
}

#[inline(always)]
unsafe fn top_sixes<const Q: usize>(at: *const u8) -> __m512i {
    unsafe {
        let pairs = shift(vector(at, 4 + Q / 4), 6 - 2 * (Q as i32 % 4));
        or_masked(nibbles_at::<Q>(at, 2), pairs, 0xc0)
    }
}

/// The two bits that vectors from the first on have for a quad, with their lowest bit at bit `to`.
#[inline(always)]
unsafe fn twos_at<const Q: usize>(at: *const u8, to: i32) -> __m512i {
    unsafe { and(shift(vector(at, Q / 4), to - 2 * (Q as i32 % 4)), 3 << to) }
}

#[inline(always)]
unsafe fn twos<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { twos_at::<Q>(at, 0) }
}

#[inline(always)]
unsafe fn top_threes<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { with_bit::<Q>(twos_at::<Q>(at, 5), at, 2, 7) }
}

/// What nibbles stand for in a table, plus 128.
#[inline(always)]
unsafe fn in_table<const Q: usize>(at: *const u8, values: &[i8; 16]) -> __m512i {
    unsafe {
        let table = _mm_loadu_si128(values.as_ptr().cast());
        let table = _mm_xor_si128(table, _mm_set1_epi8(i8::MIN));
        _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), nibbles::<Q>(at))
    }
}

#[inline(always)]
unsafe fn iq4_values<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { in_table::<Q>(at, &IQ4_VALUES) }
}

#[inline(always)]
unsafe fn mxfp4_values<const Q: usize>(at: *const u8) -> __m512i {
    unsafe { in_table::<Q>(at, &MXFP4_VALUES) }
}

// Scales.

#[inline(always)]
fn none() -> [__m512; 2] {
    // SAFETY: called with the features at hand only.
    unsafe { [_mm512_setzero_ps(); 2] }
}

#[inline(always)]
unsafe fn nothing(_: *const u8) {}

#[inline(always)]
unsafe fn floats(at: *const u8, number: usize) -> __m512 {
    unsafe { _mm512_loadu_ps(at.add(number * VECTOR).cast()) }
}

#[inline(always)]
unsafe fn halfs(at: *const u8, number: usize) -> __m512 {
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.add(number * 2 * LANES).cast())) }
}

#[inline(always)]
unsafe fn small(at: *const u8, number: usize) -> __m128i {
    unsafe { _mm_loadu_si128(at.add(number * LANES).cast()) }
}

#[inline(always)]
unsafe fn unsigned(x: __m128i) -> __m512 {
    unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(x)) }
}

#[inline(always)]
unsafe fn signed(x: __m128i) -> __m512 {
    unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(x)) }
}

#[inline(always)]
unsafe fn one_half(at: *const u8) -> __m512 {
    unsafe { halfs(at, 0) }
}

#[inline(always)]
unsafe fn two_halves(at: *const u8) -> [__m512; 2] {
    unsafe { [halfs(at, 0), halfs(at, 1)] }
}

#[inline(always)]
unsafe fn half_scale((): (), at: *const u8) -> [__m512; 2] {
    unsafe { [halfs(at, 0); 2] }
}

#[inline(always)]
unsafe fn half_minimum((): (), at: *const u8) -> [__m512; 2] {
    unsafe { [halfs(at, 1); 2] }
}

#[inline(always)]
unsafe fn no_minima<T>(_: T, _: *const u8) -> [__m512; 2] {
    none()
}

#[inline(always)]
unsafe fn small_scale(shared: [__m512; 2], at: *const u8) -> [__m512; 2] {
    unsafe { [_mm512_mul_ps(shared[0], unsigned(small(at, 0))); 2] }
}

#[inline(always)]
unsafe fn small_minimum(shared: [__m512; 2], at: *const u8) -> [__m512; 2] {
    unsafe { [_mm512_mul_ps(shared[1], unsigned(small(at, 1))); 2] }
}

#[inline(always)]
unsafe fn signed_scale(shared: __m512, at: *const u8) -> [__m512; 2] {
    unsafe { [_mm512_mul_ps(shared, signed(small(at, 0))); 2] }
}

#[inline(always)]
unsafe fn signed_halves(shared: __m512, at: *const u8) -> [__m512; 2] {
    unsafe {
        let first = _mm512_mul_ps(shared, signed(small(at, 0)));
        [first, _mm512_mul_ps(shared, signed(small(at, 1)))]
    }
}

#[inline(always)]
unsafe fn low_small(shared: [__m512; 2], at: *const u8) -> [__m512; 2] {
    unsafe {
        [0, 1].map(|number| {
            let scales = _mm_and_si128(small(at, number), _mm_set1_epi8(15));
            _mm512_mul_ps(shared[0], unsigned(scales))
        })
    }
}

#[inline(always)]
unsafe fn high_small(shared: [__m512; 2], at: *const u8) -> [__m512; 2] {
    unsafe {
        [0, 1].map(|number| {
            let minima = _mm_and_si128(_mm_srli_epi16::<4>(small(at, number)), _mm_set1_epi8(15));
            _mm512_mul_ps(shared[1], unsigned(minima))
        })
    }
}

/// Powers of two, as `format::mxfp4_scale` reads them.
#[inline(always)]
unsafe fn exponent((): (), at: *const u8) -> [__m512; 2] {
    unsafe {
        let biased = _mm_subs_epu8(small(at, 0), _mm_set1_epi8(1));
        let bits = _mm512_slli_epi32::<23>(_mm512_cvtepu8_epi32(biased));
        [_mm512_castsi512_ps(bits); 2]
    }
}
