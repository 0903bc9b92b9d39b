//! Rounding with vector instructions.

use std::arch::x86_64::*;

use super::{LARGEST, inverse, write_numbers};
use crate::kernels::activations::RECORD;
use crate::kernels::format::BLOCK;

/// As `scalar`, sixteen elements at a time.
///
/// # Safety
/// The processor has AVX-512 F, BW, DQ and VL; the records are those of `x`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn avx512(x: &[f32], row: usize, rows: usize, records: &mut [u8]) {
    let records = records.chunks_exact_mut(rows * RECORD);
    for (x, record) in x.chunks_exact(BLOCK).zip(records) {
        // SAFETY: a block has 32 elements.
        let halves = unsafe {
            [
                _mm512_loadu_ps(x.as_ptr()),
                _mm512_loadu_ps(x.as_ptr().add(16)),
            ]
        };
        let bits = halves.map(|it| _mm512_castps_si512(_mm512_abs_ps(it)));
        let bits = _mm512_reduce_max_epi32(_mm512_max_epi32(bits[0], bits[1]));
        let largest = f32::from_bits(bits as u32);
        let inverse = _mm512_set1_ps(inverse(largest));
        let codes = halves.map(|it| _mm512_cvtps_epi32(_mm512_mul_ps(it, inverse)));
        let sums = codes.map(|it| _mm512_reduce_add_epi32(it));
        for (number, codes) in codes.into_iter().enumerate() {
            let out = &mut record[row * BLOCK + 16 * number..][..16];
            // SAFETY: sixteen bytes.
            unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm512_cvtsepi32_epi8(codes)) };
        }
        write_numbers(record, row, rows, largest / LARGEST, sums);
    }
}

/// As `scalar`, eight elements at a time.
///
/// # Safety
/// The processor has AVX2; the records are those of `x`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2(x: &[f32], row: usize, rows: usize, records: &mut [u8]) {
    let no_sign = _mm256_set1_epi32(0x7fff_ffff);
    let records = records.chunks_exact_mut(rows * RECORD);
    for (x, record) in x.chunks_exact(BLOCK).zip(records) {
        // SAFETY: a block has 32 elements.
        let parts = [0, 8, 16, 24].map(|at| unsafe { _mm256_loadu_ps(x.as_ptr().add(at)) });
        let bits = parts.map(|it| _mm256_and_si256(_mm256_castps_si256(it), no_sign));
        let both = [
            _mm256_max_epi32(bits[0], bits[1]),
            _mm256_max_epi32(bits[2], bits[3]),
        ];
        let largest = f32::from_bits(max(_mm256_max_epi32(both[0], both[1])));
        let inverse = _mm256_set1_ps(inverse(largest));
        let codes = parts.map(|it| _mm256_cvtps_epi32(_mm256_mul_ps(it, inverse)));
        let sums = [
            sum(_mm256_add_epi32(codes[0], codes[1])),
            sum(_mm256_add_epi32(codes[2], codes[3])),
        ];
        let low = _mm256_packs_epi32(codes[0], codes[1]);
        let high = _mm256_packs_epi32(codes[2], codes[3]);
        // Packing works in halves of 128 bits, which leaves the fours in this order.
        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        let codes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
        let out = &mut record[row * BLOCK..][..BLOCK];
        // SAFETY: 32 bytes.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), codes) };
        write_numbers(record, row, rows, largest / LARGEST, sums);
    }
}

#[target_feature(enable = "avx2")]
fn max(x: __m256i) -> u32 {
    let x = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x));
    let x = _mm_max_epi32(x, _mm_shuffle_epi32::<0b0100_1110>(x));
    let x = _mm_max_epi32(x, _mm_shuffle_epi32::<0b1011_0001>(x));
    _mm_cvtsi128_si32(x) as u32
}

#[target_feature(enable = "avx2")]
fn sum(x: __m256i) -> i32 {
    let x = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256::<1>(x));
    let x = _mm_add_epi32(x, _mm_shuffle_epi32::<0b0100_1110>(x));
    let x = _mm_add_epi32(x, _mm_shuffle_epi32::<0b1011_0001>(x));
    _mm_cvtsi128_si32(x)
}
