//! Lanes in one register of 512 bits.

#[allow(clippy::wildcard_imports)] // a page of intrinsics
use std::arch::x86_64::*;

use super::{LANES, Lanes};

/// AVX-512 with VNNI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512;

/// Bits from `first` to before `end`.
#[inline(always)]
fn bits(first: usize, end: usize) -> __mmask16 {
    let below = |end: usize| (1u32 << end.min(LANES)) - 1;
    (below(end) & !below(first)) as __mmask16
}

// SAFETY of all that follows: the caller's, as the trait says.
impl Lanes for Avx512 {
    type F = __m512;
    type I = __m512i;
    type Pair = Self::I;
    const COLUMNS: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, x: __m512) {
        // SAFETY: the caller's.
        unsafe { _mm512_storeu_ps(to, x) }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_div_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn abs(x: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_abs_ps(x) }
    }

    #[inline(always)]
    unsafe fn within(x: __m512, other: __m512, first: usize, end: usize) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_mask_blend_ps(bits(first, end), other, x) }
    }

    #[inline(always)]
    unsafe fn sum(x: __m512) -> f32 {
        // SAFETY: the caller's.
        unsafe { _mm512_reduce_add_ps(x) }
    }

    #[inline(always)]
    unsafe fn largest(x: __m512) -> f32 {
        // SAFETY: the caller's.
        unsafe { _mm512_reduce_max_ps(x) }
    }

    #[inline(always)]
    unsafe fn round(x: __m512) -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_cvtps_epi32(x) }
    }

    #[inline(always)]
    unsafe fn float(x: __m512i) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_cvtepi32_ps(x) }
    }

    #[inline(always)]
    unsafe fn power(x: __m512i) -> __m512 {
        // SAFETY: the caller's.
        unsafe {
            let bits = _mm512_add_epi32(x, _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(bits))
        }
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store_i(to: *mut i32, x: __m512i) {
        // SAFETY: the caller's.
        unsafe { _mm512_storeu_si512(to.cast(), x) }
    }

    #[inline(always)]
    unsafe fn store_short(to: *mut i16, x: __m512i) {
        // SAFETY: the caller's.
        unsafe { _mm256_storeu_si256(to.cast(), _mm512_cvtsepi32_epi16(x)) }
    }

    #[inline(always)]
    unsafe fn zero_i() -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn dot(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_dpwssd_epi32(sum, a, b) }
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        // SAFETY: a hint, good for any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
}
