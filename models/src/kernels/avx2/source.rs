//! The formats, as vectors of 8-bit codes and f32 scales for eight lanes of a panel.
//!
//! Codes are as narrow as in the file. Where they have no minimum, zero is the code 128 shifted right by
//! [`Source::ZERO_SHIFT`].

use std::arch::x86_64::*;

use crate::kernels::format::{Format, IQ4_VALUES, LANES, MXFP4_VALUES, VECTOR};

/// How codes are multiplied where there are no dot products.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// Up to five bits.
    Narrow,
    /// Six bits.
    Six,
    /// Eight bits, as signed weights: zero is 128.
    Signed,
}

/// A format.
///
/// # Safety
/// Of all functions: the processor has AVX2 and F16C, and pointers lead to the whole of what they are
/// about; codes to that of the half of a panel, whose vectors are 64 bytes apart.
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
    /// How far 128 is shifted right to become the code of zero.
    const ZERO_SHIFT: i32;
    /// How codes are multiplied where there are no dot products.
    const WIDTH: Width;
    /// What the scales of a group share.
    type Shared: Copy;

    /// Whether codes are multiplied as signed weights where there are no dot products.
    #[inline(always)]
    fn is_signed() -> bool {
        match Self::WIDTH {
            Width::Narrow | Width::Six => false,
            Width::Signed => true,
        }
    }

    /// Reads what the scales of a group share.
    unsafe fn shared(at: *const u8, half: usize) -> Self::Shared;
    /// The codes of columns 4 · Q to 4 · Q + 3.
    unsafe fn codes<const Q: usize>(at: *const u8) -> __m256i;
    /// The scales of a block, or of its halves.
    unsafe fn scales(shared: Self::Shared, at: *const u8, half: usize) -> [__m256; 2];
    /// The minima of a block, or of its halves.
    unsafe fn minima(shared: Self::Shared, at: *const u8, half: usize) -> [__m256; 2];
}

/// Declares a format: how its codes and scales are read.
macro_rules! source {
    (
        $name:ident, width: $width:ident,
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
            const ZERO_SHIFT: i32 = Format::$name.zero_shift();
            const WIDTH: Width = Width::$width;
            type Shared = $type;

            #[inline(always)]
            unsafe fn shared(at: *const u8, half: usize) -> $type {
                unsafe { $shared(at, half) }
            }

            #[inline(always)]
            unsafe fn codes<const Q: usize>(at: *const u8) -> __m256i {
                unsafe { $codes::<Q>(at) }
            }

            #[inline(always)]
            unsafe fn scales(shared: $type, at: *const u8, half: usize) -> [__m256; 2] {
                unsafe { $scales(shared, at, half) }
            }

            #[inline(always)]
            unsafe fn minima(shared: $type, at: *const u8, half: usize) -> [__m256; 2] {
                unsafe { $read(shared, at, half) }
            }
        }
    };
}

source!(Q4_0, width: Narrow,
    shared: nothing -> (), codes: nibbles, scales: half_scale, minima_by: no_minima);
source!(Q4_1, width: Narrow,
    shared: nothing -> (), codes: nibbles, scales: half_scale, minima_by: half_minimum);
source!(Q5_0, width: Narrow,
    shared: nothing -> (), codes: fives, scales: half_scale, minima_by: no_minima);
source!(Q5_1, width: Narrow,
    shared: nothing -> (), codes: fives, scales: half_scale, minima_by: half_minimum);
source!(Q8_0, width: Signed,
    shared: nothing -> (), codes: vector, scales: half_scale, minima_by: no_minima);
source!(Q2K, width: Narrow,
    shared: two_halves -> [__m256; 2], codes: twos, scales: low_small, minima_by: high_small);
source!(Q3K, width: Narrow,
    shared: one_half -> __m256, codes: threes, scales: signed_halves, minima_by: no_minima);
source!(Q4K, width: Narrow,
    shared: two_halves -> [__m256; 2], codes: nibbles, scales: small_scale, minima_by: small_minimum);
source!(Q5K, width: Narrow,
    shared: two_halves -> [__m256; 2], codes: fives, scales: small_scale, minima_by: small_minimum);
source!(Q6K, width: Six,
    shared: one_half -> __m256, codes: sixes, scales: signed_halves, minima_by: no_minima);
source!(Iq4Nl, width: Signed,
    shared: nothing -> (), codes: iq4_values, scales: half_scale, minima_by: no_minima);
source!(Iq4Xs, width: Signed,
    shared: one_half -> __m256, codes: iq4_values, scales: signed_scale, minima_by: no_minima);
source!(Mxfp4, width: Signed,
    shared: nothing -> (), codes: mxfp4_values, scales: exponent, minima_by: no_minima);

// Codes.

#[inline(always)]
unsafe fn load(at: *const u8, number: usize) -> __m256i {
    unsafe { _mm256_loadu_si256(at.add(number * VECTOR).cast()) }
}

#[inline(always)]
unsafe fn vector<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { load(at, Q) }
}

#[inline(always)]
unsafe fn and(x: __m256i, mask: u8) -> __m256i {
    unsafe { _mm256_and_si256(x, _mm256_set1_epi8(mask as i8)) }
}

/// Shifts bytes left by `by`, or right where it is negative; what comes from neighbours is for the caller
/// to mask.
#[inline(always)]
unsafe fn shift(x: __m256i, by: i32) -> __m256i {
    unsafe {
        match by {
            -7 => _mm256_srli_epi16::<7>(x),
            -6 => _mm256_srli_epi16::<6>(x),
            -5 => _mm256_srli_epi16::<5>(x),
            -4 => _mm256_srli_epi16::<4>(x),
            -3 => _mm256_srli_epi16::<3>(x),
            -2 => _mm256_srli_epi16::<2>(x),
            -1 => _mm256_srli_epi16::<1>(x),
            1 => _mm256_slli_epi16::<1>(x),
            2 => _mm256_slli_epi16::<2>(x),
            3 => _mm256_slli_epi16::<3>(x),
            4 => _mm256_slli_epi16::<4>(x),
            _ => x,
        }
    }
}

#[inline(always)]
unsafe fn nibbles<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { and(shift(load(at, Q % 4), if Q < 4 { 0 } else { -4 }), 15) }
}

/// Adds the bit that vector `number` has for a quad, at bit `to`.
#[inline(always)]
unsafe fn with_bit<const Q: usize>(x: __m256i, at: *const u8, number: usize, to: i32) -> __m256i {
    unsafe { _mm256_or_si256(x, and(shift(load(at, number), to - Q as i32), 1 << to)) }
}

#[inline(always)]
unsafe fn fives<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { with_bit::<Q>(nibbles::<Q>(at), at, 4, 4) }
}

#[inline(always)]
unsafe fn sixes<const Q: usize>(at: *const u8) -> __m256i {
    unsafe {
        let pairs = shift(load(at, 4 + Q / 4), 4 - 2 * (Q as i32 % 4));
        _mm256_or_si256(nibbles::<Q>(at), and(pairs, 0x30))
    }
}

#[inline(always)]
unsafe fn twos<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { and(shift(load(at, Q / 4), -2 * (Q as i32 % 4)), 3) }
}

#[inline(always)]
unsafe fn threes<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { with_bit::<Q>(twos::<Q>(at), at, 2, 2) }
}

/// What nibbles stand for in a table, plus 128.
#[inline(always)]
unsafe fn in_table<const Q: usize>(at: *const u8, values: &[i8; 16]) -> __m256i {
    unsafe {
        let table = _mm_loadu_si128(values.as_ptr().cast());
        let table = _mm_xor_si128(table, _mm_set1_epi8(i8::MIN));
        _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), nibbles::<Q>(at))
    }
}

#[inline(always)]
unsafe fn iq4_values<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { in_table::<Q>(at, &IQ4_VALUES) }
}

#[inline(always)]
unsafe fn mxfp4_values<const Q: usize>(at: *const u8) -> __m256i {
    unsafe { in_table::<Q>(at, &MXFP4_VALUES) }
}

// Scales.

#[inline(always)]
unsafe fn nothing(_: *const u8, _: usize) {}

/// f16 scales of half a panel, the sixteen of this number.
#[inline(always)]
unsafe fn halfs(at: *const u8, number: usize, half: usize) -> __m256 {
    unsafe {
        let at = at.add(number * 2 * LANES + half * LANES);
        _mm256_cvtph_ps(_mm_loadu_si128(at.cast()))
    }
}

/// Small scales of half a panel, the sixteen of this number.
#[inline(always)]
unsafe fn small(at: *const u8, number: usize, half: usize) -> __m128i {
    unsafe { _mm_loadl_epi64(at.add(number * LANES + half * LANES / 2).cast()) }
}

#[inline(always)]
unsafe fn unsigned(x: __m128i) -> __m256 {
    unsafe { _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(x)) }
}

#[inline(always)]
unsafe fn signed(x: __m128i) -> __m256 {
    unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(x)) }
}

#[inline(always)]
unsafe fn one_half(at: *const u8, half: usize) -> __m256 {
    unsafe { halfs(at, 0, half) }
}

#[inline(always)]
unsafe fn two_halves(at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [halfs(at, 0, half), halfs(at, 1, half)] }
}

#[inline(always)]
unsafe fn half_scale((): (), at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [halfs(at, 0, half); 2] }
}

#[inline(always)]
unsafe fn half_minimum((): (), at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [halfs(at, 1, half); 2] }
}

#[inline(always)]
unsafe fn no_minima<T>(_: T, _: *const u8, _: usize) -> [__m256; 2] {
    unsafe { [_mm256_setzero_ps(); 2] }
}

#[inline(always)]
unsafe fn small_scale(shared: [__m256; 2], at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [_mm256_mul_ps(shared[0], unsigned(small(at, 0, half))); 2] }
}

#[inline(always)]
unsafe fn small_minimum(shared: [__m256; 2], at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [_mm256_mul_ps(shared[1], unsigned(small(at, 1, half))); 2] }
}

#[inline(always)]
unsafe fn signed_scale(shared: __m256, at: *const u8, half: usize) -> [__m256; 2] {
    unsafe { [_mm256_mul_ps(shared, signed(small(at, 0, half))); 2] }
}

#[inline(always)]
unsafe fn signed_halves(shared: __m256, at: *const u8, half: usize) -> [__m256; 2] {
    unsafe {
        let first = _mm256_mul_ps(shared, signed(small(at, 0, half)));
        [first, _mm256_mul_ps(shared, signed(small(at, 1, half)))]
    }
}

#[inline(always)]
unsafe fn low_small(shared: [__m256; 2], at: *const u8, half: usize) -> [__m256; 2] {
    unsafe {
        [0, 1].map(|number| {
            let scales = _mm_and_si128(small(at, number, half), _mm_set1_epi8(15));
            _mm256_mul_ps(shared[0], unsigned(scales))
        })
    }
}

#[inline(always)]
unsafe fn high_small(shared: [__m256; 2], at: *const u8, half: usize) -> [__m256; 2] {
    unsafe {
        [0, 1].map(|number| {
            let minima = _mm_srli_epi16::<4>(small(at, number, half));
            _mm256_mul_ps(
                shared[1],
                unsigned(_mm_and_si128(minima, _mm_set1_epi8(15))),
            )
        })
    }
}

/// Powers of two, as `format::mxfp4_scale` reads them.
#[inline(always)]
unsafe fn exponent((): (), at: *const u8, half: usize) -> [__m256; 2] {
    unsafe {
        let biased = _mm_subs_epu8(small(at, 0, half), _mm_set1_epi8(1));
        let bits = _mm256_slli_epi32::<23>(_mm256_cvtepu8_epi32(biased));
        [_mm256_castsi256_ps(bits); 2]
    }
}
