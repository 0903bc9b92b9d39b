//! Rounding with Arm's vector instructions.

use std::arch::aarch64::*;

use super::{LARGEST, inverse, write_numbers};
use crate::kernels::activations::{RECORD, code_at};
use crate::kernels::format::BLOCK;

/// As `scalar`, four elements at a time.
#[target_feature(enable = "neon")]
pub(super) fn quantise(x: &[f32], row: usize, rows: usize, records: &mut [u8]) {
    let records = records.chunks_exact_mut(rows * RECORD);
    for (x, record) in x.chunks_exact(BLOCK).zip(records) {
        let mut parts = [vdupq_n_f32(0.0); BLOCK / 4];
        for (part, x) in parts.iter_mut().zip(x.chunks_exact(4)) {
            // SAFETY: four elements.
            *part = unsafe { vld1q_f32(x.as_ptr()) };
        }
        // As integers the bits of absolute values have their order, with NaN the largest.
        let mut bits = vdupq_n_u32(0);
        for part in parts {
            bits = vmaxq_u32(bits, vreinterpretq_u32_f32(vabsq_f32(part)));
        }
        let largest = f32::from_bits(vmaxvq_u32(bits));
        let inverse = vdupq_n_f32(inverse(largest));
        let codes = parts.map(|it| vcvtnq_s32_f32(vmulq_f32(it, inverse)));
        let mut sums = [0; 2];
        for (sum, codes) in sums.iter_mut().zip(codes.chunks_exact(4)) {
            let pairs = [vaddq_s32(codes[0], codes[1]), vaddq_s32(codes[2], codes[3])];
            *sum = vaddvq_s32(vaddq_s32(pairs[0], pairs[1]));
        }
        for (eight, codes) in codes.chunks_exact(2).enumerate() {
            let codes = vqmovn_s16(vqmovn_high_s32(vqmovn_s32(codes[0]), codes[1]));
            let out = &mut record[code_at(row, rows, 8 * eight)..][..8];
            // SAFETY: eight bytes.
            unsafe { vst1_s8(out.as_mut_ptr().cast(), codes) };
        }
        write_numbers(record, row, rows, largest / LARGEST, sums);
    }
}
