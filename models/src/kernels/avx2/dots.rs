//! How products of 8-bit codes are added up.

use std::arch::x86_64::*;

use super::source::{Source, Width};
use crate::kernels::format::BLOCK;

/// Dot products of four 8-bit integers, or that there are none.
///
/// # Safety
/// Of the function: the processor has its instructions.
pub(super) trait Dots {
    /// Whether there are any.
    const ARE_THERE: bool;

    /// sum + a · b of the four unsigned a and signed b in each lane.
    unsafe fn add(sum: __m256i, a: __m256i, b: __m256i) -> __m256i;
}

/// None: pairs are added in 16 bits.
pub(super) struct Pairs;

/// Those of AVX-VNNI.
pub(super) struct Vex;

/// The same in AVX-512's encoding: with it a processor that has no AVX-VNNI can test all around it.
#[cfg(test)]
pub(super) struct Evex;

impl Dots for Pairs {
    const ARE_THERE: bool = false;

    #[inline(always)]
    unsafe fn add(sum: __m256i, _: __m256i, _: __m256i) -> __m256i {
        sum
    }
}

impl Dots for Vex {
    const ARE_THERE: bool = true;

    #[inline(always)]
    unsafe fn add(sum: __m256i, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the caller's.
        unsafe { _mm256_dpbusd_avx_epi32(sum, a, b) }
    }
}

#[cfg(test)]
impl Dots for Evex {
    const ARE_THERE: bool = true;

    #[inline(always)]
    unsafe fn add(sum: __m256i, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the caller's.
        unsafe { _mm256_dpbusd_epi32(sum, a, b) }
    }
}

/// Adds the products of four quads of columns.
#[inline(always)]
pub(super) unsafe fn add_four<
    S: Source,
    P: Dots,
    const R: usize,
    const A: usize,
    const B: usize,
    const C: usize,
    const D: usize,
>(
    codes: *const u8,
    x: *const u8,
    dots: &mut [__m256i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        if P::ARE_THERE {
            add_dots::<S, P, R, A>(codes, x, dots);
            add_dots::<S, P, R, B>(codes, x, dots);
            add_dots::<S, P, R, C>(codes, x, dots);
            add_dots::<S, P, R, D>(codes, x, dots);
            return;
        }
        match S::WIDTH {
            Width::Narrow => {
                let mut pairs = [_mm256_setzero_si256(); R];
                add_pairs::<S, R, A>(codes, x, &mut pairs);
                add_pairs::<S, R, B>(codes, x, &mut pairs);
                add_pairs::<S, R, C>(codes, x, &mut pairs);
                add_pairs::<S, R, D>(codes, x, &mut pairs);
                widen(&pairs, dots);
            }
            Width::Six => {
                add_two::<S, R, A, B>(codes, x, dots);
                add_two::<S, R, C, D>(codes, x, dots);
            }
            Width::Signed => {
                add_signed::<S, R, A>(codes, x, dots);
                add_signed::<S, R, B>(codes, x, dots);
                add_signed::<S, R, C>(codes, x, dots);
                add_signed::<S, R, D>(codes, x, dots);
            }
        }
    }
}

/// Four codes of a row, for all lanes.
#[inline(always)]
unsafe fn quad(x: *const u8, row: usize, quad: usize) -> __m256i {
    // SAFETY: the caller has the features and the record.
    unsafe {
        let codes = x.add(row * BLOCK + 4 * quad).cast::<i32>();
        _mm256_set1_epi32(codes.read_unaligned())
    }
}

#[inline(always)]
unsafe fn add_dots<S: Source, P: Dots, const R: usize, const Q: usize>(
    codes: *const u8,
    x: *const u8,
    dots: &mut [__m256i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let weights = S::codes::<Q>(codes);
        for (row, dot) in dots.iter_mut().enumerate() {
            *dot = P::add(*dot, weights, quad(x, row, Q));
        }
    }
}

/// Adds pairs of products in 16 bits: 31 · 127 · 2 fits four times.
#[inline(always)]
unsafe fn add_pairs<S: Source, const R: usize, const Q: usize>(
    codes: *const u8,
    x: *const u8,
    pairs: &mut [__m256i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let weights = S::codes::<Q>(codes);
        for (row, sum) in pairs.iter_mut().enumerate() {
            *sum = _mm256_add_epi16(*sum, _mm256_maddubs_epi16(weights, quad(x, row, Q)));
        }
    }
}

/// 63 · 127 · 2 fits twice.
#[inline(always)]
unsafe fn add_two<S: Source, const R: usize, const A: usize, const B: usize>(
    codes: *const u8,
    x: *const u8,
    dots: &mut [__m256i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let (first, second) = (S::codes::<A>(codes), S::codes::<B>(codes));
        let ones = _mm256_set1_epi16(1);
        for (row, dot) in dots.iter_mut().enumerate() {
            let pairs = _mm256_add_epi16(
                _mm256_maddubs_epi16(first, quad(x, row, A)),
                _mm256_maddubs_epi16(second, quad(x, row, B)),
            );
            *dot = _mm256_add_epi32(*dot, _mm256_madd_epi16(pairs, ones));
        }
    }
}

/// 128 · 127 · 2 fits once.
#[inline(always)]
unsafe fn add_signed<S: Source, const R: usize, const Q: usize>(
    codes: *const u8,
    x: *const u8,
    dots: &mut [__m256i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let signed = _mm256_xor_si256(S::codes::<Q>(codes), _mm256_set1_epi8(i8::MIN));
        let (size, ones) = (_mm256_abs_epi8(signed), _mm256_set1_epi16(1));
        for (row, dot) in dots.iter_mut().enumerate() {
            let x = _mm256_sign_epi8(quad(x, row, Q), signed);
            let pairs = _mm256_maddubs_epi16(size, x);
            *dot = _mm256_add_epi32(*dot, _mm256_madd_epi16(pairs, ones));
        }
    }
}

#[inline(always)]
unsafe fn widen<const R: usize>(pairs: &[__m256i; R], dots: &mut [__m256i; R]) {
    // SAFETY: the caller has the features.
    unsafe {
        let ones = _mm256_set1_epi16(1);
        for (dot, pairs) in dots.iter_mut().zip(pairs) {
            *dot = _mm256_add_epi32(*dot, _mm256_madd_epi16(*pairs, ones));
        }
    }
}
