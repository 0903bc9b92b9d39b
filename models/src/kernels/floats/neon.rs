//! Products of floats with Arm's vector instructions.

use std::arch::aarch64::*;

use super::{FloatFormat, Kernel};
use crate::kernels::activations::at_once;
use crate::kernels::format::LANES;

/// Lanes of a register.
const QUARTER: usize = LANES / 4;

/// The kernel for any tile.
pub(super) fn kernel(format: FloatFormat, _rows: usize) -> Kernel {
    match format {
        FloatFormat::F32 => all_rows::<0>,
        FloatFormat::F16 => all_rows::<1>,
        FloatFormat::Bf16 => all_rows::<2>,
    }
}

/// Bytes of a column of a panel.
const fn column_bytes(format: usize) -> usize {
    if format == 0 { 4 * LANES } else { 2 * LANES }
}

/// A column of a panel.
#[inline(always)]
unsafe fn column<const FORMAT: usize>(at: *const u8) -> [float32x4_t; 4] {
    // SAFETY: the caller has the column.
    unsafe {
        if FORMAT == 0 {
            let at = at.cast::<f32>();
            return [0, 1, 2, 3].map(|it| vld1q_f32(at.add(it * QUARTER)));
        }
        let at = at.cast::<u16>();
        let [first, second] = [vld1q_u16(at), vld1q_u16(at.add(2 * QUARTER))];
        let ([a, b], [c, d]) = (widened::<FORMAT>(first), widened::<FORMAT>(second));
        [a, b, c, d]
    }
}

/// Eight 16-bit floats, f16 or bf16, in f32.
#[inline(always)]
unsafe fn widened<const FORMAT: usize>(x: uint16x8_t) -> [float32x4_t; 2] {
    // SAFETY: every 64-bit Arm has the instructions.
    unsafe {
        if FORMAT == 1 {
            let x = vreinterpretq_f16_u16(x);
            return [vcvt_f32_f16(vget_low_f16(x)), vcvt_high_f32_f16(x)];
        }
        let low_bits = vdupq_n_u16(0);
        let whole = [vzip1q_u16(low_bits, x), vzip2q_u16(low_bits, x)];
        whole.map(|it| vreinterpretq_f32_u16(it))
    }
}

/// See [`Kernel`].
unsafe fn all_rows<const FORMAT: usize>(
    panel: *const u8,
    columns: usize,
    x: *const f32,
    rows: usize,
    sums: *mut f32,
) {
    let mut row = 0;
    while row < rows {
        let len = at_once(rows - row);
        // SAFETY: the caller's promises; the rows are those of the tile.
        unsafe {
            let (x, sums) = (x.add(row), sums.add(row * LANES));
            match len {
                1 => some_rows::<FORMAT, 1>(panel, columns, x, rows, sums),
                2 => some_rows::<FORMAT, 2>(panel, columns, x, rows, sums),
                4 => some_rows::<FORMAT, 4>(panel, columns, x, rows, sums),
                _ => some_rows::<FORMAT, 6>(panel, columns, x, rows, sums),
            }
        }
        row += len;
    }
}

#[inline(always)]
unsafe fn some_rows<const FORMAT: usize, const R: usize>(
    panel: *const u8,
    columns: usize,
    x: *const f32,
    rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises; every pointer stays within panel and tile.
    unsafe {
        let mut state = [[vdupq_n_f32(0.0); 4]; R];
        for number in 0..columns {
            let weights = column::<FORMAT>(panel.add(number * column_bytes(FORMAT)));
            let x = x.add(number * rows);
            for (row, sums) in state.iter_mut().enumerate() {
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = vfmaq_n_f32(*sum, weights, *x.add(row));
                }
            }
        }
        for (row, quarters) in state.into_iter().enumerate() {
            for (quarter, sum) in quarters.into_iter().enumerate() {
                vst1q_f32(sums.add(row * LANES + quarter * QUARTER), sum);
            }
        }
    }
}
