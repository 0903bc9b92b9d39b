//! Lanes in two registers of 256 bits.

#[allow(clippy::wildcard_imports)] // a page of intrinsics
use std::arch::x86_64::*;

use super::{LANES, Lanes};

/// AVX2 with fused multiply-add.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2;

/// The numbers of the lanes, behind each other.
static NUMBERS: [i32; LANES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Eight lanes of one of two registers.
const HALF: usize = LANES / 2;

/// `op` of both registers.
macro_rules! both {
    ($op:ident, $($x:expr),+) => {
        // SAFETY: the caller's.
        unsafe { [$op($($x[0]),+), $op($($x[1]),+)] }
    };
}

impl Lanes for Avx2 {
    type F = [__m256; 2];
    type I = [__m256i; 2];
    type Pair = Self::I;
    const COLUMNS: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        // SAFETY: the caller's.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(HALF))] }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, x: Self::F) {
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_ps(to, x[0]);
            _mm256_storeu_ps(to.add(HALF), x[1]);
        }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        // SAFETY: the caller's.
        [unsafe { _mm256_set1_ps(x) }; 2]
    }

    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_add_ps, a, b)
    }

    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_sub_ps, a, b)
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_mul_ps, a, b)
    }

    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_div_ps, a, b)
    }

    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        both!(_mm256_fmadd_ps, a, b, c)
    }

    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_max_ps, a, b)
    }

    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        both!(_mm256_min_ps, a, b)
    }

    #[inline(always)]
    unsafe fn abs(x: Self::F) -> Self::F {
        // SAFETY: the caller's.
        let sign = [unsafe { _mm256_set1_ps(-0.0) }; 2];
        both!(_mm256_andnot_ps, sign, x)
    }

    #[inline(always)]
    unsafe fn within(x: Self::F, other: Self::F, first: usize, end: usize) -> Self::F {
        // SAFETY: the caller's; the numbers are two registers.
        unsafe {
            let first = _mm256_set1_epi32(first.min(LANES) as i32 - 1);
            let end = _mm256_set1_epi32(end.min(LANES) as i32);
            let half = |place: usize| {
                let numbers = _mm256_loadu_si256(NUMBERS.as_ptr().add(place * HALF).cast());
                let behind = _mm256_cmpgt_epi32(numbers, first);
                let inside = _mm256_and_si256(behind, _mm256_cmpgt_epi32(end, numbers));
                _mm256_blendv_ps(other[place], x[place], _mm256_castsi256_ps(inside))
            };
            [half(0), half(1)]
        }
    }

    #[inline(always)]
    unsafe fn sum(x: Self::F) -> f32 {
        // SAFETY: the caller's.
        unsafe {
            let x = _mm256_add_ps(x[0], x[1]);
            let x = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
            let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
            _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)))
        }
    }

    #[inline(always)]
    unsafe fn largest(x: Self::F) -> f32 {
        // SAFETY: the caller's.
        unsafe {
            let x = _mm256_max_ps(x[0], x[1]);
            let x = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
            let x = _mm_max_ps(x, _mm_movehl_ps(x, x));
            _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)))
        }
    }

    #[inline(always)]
    unsafe fn round(x: Self::F) -> Self::I {
        both!(_mm256_cvtps_epi32, x)
    }

    #[inline(always)]
    unsafe fn float(x: Self::I) -> Self::F {
        both!(_mm256_cvtepi32_ps, x)
    }

    #[inline(always)]
    unsafe fn power(x: Self::I) -> Self::F {
        // SAFETY: the caller's.
        let half = |x| unsafe {
            let bits = _mm256_add_epi32(x, _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(bits))
        };
        [half(x[0]), half(x[1])]
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        // SAFETY: the caller's.
        unsafe {
            [
                _mm256_loadu_si256(from.cast()),
                _mm256_loadu_si256(from.add(HALF).cast()),
            ]
        }
    }

    #[inline(always)]
    unsafe fn store_i(to: *mut i32, x: Self::I) {
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_si256(to.cast(), x[0]);
            _mm256_storeu_si256(to.add(HALF).cast(), x[1]);
        }
    }

    #[inline(always)]
    unsafe fn store_short(to: *mut i16, x: Self::I) {
        // SAFETY: the caller's. Packing works within halves of registers, so quarters change places.
        unsafe {
            let packed = _mm256_packs_epi32(x[0], x[1]);
            _mm256_storeu_si256(to.cast(), _mm256_permute4x64_epi64::<0b11_01_10_00>(packed));
        }
    }

    #[inline(always)]
    unsafe fn zero_i() -> Self::I {
        // SAFETY: the caller's.
        [unsafe { _mm256_setzero_si256() }; 2]
    }

    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> Self::I {
        // SAFETY: the caller's.
        [unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }; 2]
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, a: Self::I, b: Self::I) -> Self::I {
        let products = both!(_mm256_madd_epi16, a, b);
        both!(_mm256_add_epi32, sum, products)
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        // SAFETY: a hint, good for any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
}
