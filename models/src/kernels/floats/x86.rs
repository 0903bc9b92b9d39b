//! Products of floats with vector instructions.

use std::arch::x86_64::*;

use super::{FloatFormat, Kernel};
use crate::kernels::activations::at_once;
use crate::kernels::format::LANES;

/// The kernel with 512-bit vectors for a tile of this many padded rows.
pub(super) fn avx512(format: FloatFormat, rows: usize) -> Kernel {
    match format {
        FloatFormat::F32 => of_rows::<0>(rows),
        FloatFormat::F16 => of_rows::<1>(rows),
        FloatFormat::Bf16 => of_rows::<2>(rows),
    }
}

fn of_rows<const FORMAT: usize>(rows: usize) -> Kernel {
    match rows {
        1 => wide::<FORMAT, 1>,
        2 => wide::<FORMAT, 2>,
        4 => wide::<FORMAT, 4>,
        6 => wide::<FORMAT, 6>,
        8 => wide::<FORMAT, 8>,
        10 => wide::<FORMAT, 10>,
        _ => wide::<FORMAT, 12>,
    }
}

/// The kernel with 256-bit vectors for any tile.
pub(super) fn avx2(format: FloatFormat) -> Kernel {
    match format {
        FloatFormat::F32 => narrow::<0>,
        FloatFormat::F16 => narrow::<1>,
        FloatFormat::Bf16 => narrow::<2>,
    }
}

/// Bytes of a column of a panel.
const fn column_bytes(format: usize) -> usize {
    if format == 0 { 4 * LANES } else { 2 * LANES }
}

/// A column of a panel.
#[inline(always)]
unsafe fn column<const FORMAT: usize>(at: *const u8) -> __m512 {
    // SAFETY: the caller has the features and the column.
    unsafe {
        match FORMAT {
            0 => _mm512_loadu_ps(at.cast()),
            1 => _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())),
            _ => {
                let bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(at.cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))
            }
        }
    }
}

/// See [`Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,f16c")]
unsafe fn wide<const FORMAT: usize, const R: usize>(
    panel: *const u8,
    columns: usize,
    x: *const f32,
    _rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises; every pointer stays within panel and tile.
    unsafe {
        let mut state = [_mm512_setzero_ps(); R];
        for number in 0..columns {
            let weights = column::<FORMAT>(panel.add(number * column_bytes(FORMAT)));
            let x = x.add(number * R);
            for (row, sum) in state.iter_mut().enumerate() {
                *sum = _mm512_fmadd_ps(weights, _mm512_set1_ps(*x.add(row)), *sum);
            }
        }
        for (row, sum) in state.into_iter().enumerate() {
            _mm512_storeu_ps(sums.add(row * LANES), sum);
        }
    }
}

/// Half a column of a panel.
#[inline(always)]
unsafe fn half_column<const FORMAT: usize>(at: *const u8, half: usize) -> __m256 {
    // SAFETY: the caller has the features and the column.
    unsafe {
        let at = at.add(half * column_bytes(FORMAT) / 2);
        match FORMAT {
            0 => _mm256_loadu_ps(at.cast()),
            1 => _mm256_cvtph_ps(_mm_loadu_si128(at.cast())),
            _ => {
                let bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(at.cast()));
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(bits))
            }
        }
    }
}

/// See [`Kernel`].
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn narrow<const FORMAT: usize>(
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
                1 => narrow_rows::<FORMAT, 1>(panel, columns, x, rows, sums),
                2 => narrow_rows::<FORMAT, 2>(panel, columns, x, rows, sums),
                4 => narrow_rows::<FORMAT, 4>(panel, columns, x, rows, sums),
                _ => narrow_rows::<FORMAT, 6>(panel, columns, x, rows, sums),
            }
        }
        row += len;
    }
}

#[inline(always)]
unsafe fn narrow_rows<const FORMAT: usize, const R: usize>(
    panel: *const u8,
    columns: usize,
    x: *const f32,
    rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises; every pointer stays within panel and tile.
    unsafe {
        let mut state = [[_mm256_setzero_ps(); 2]; R];
        for number in 0..columns {
            let at = panel.add(number * column_bytes(FORMAT));
            let weights = [half_column::<FORMAT>(at, 0), half_column::<FORMAT>(at, 1)];
            let x = x.add(number * rows);
            for (row, sums) in state.iter_mut().enumerate() {
                let x = _mm256_set1_ps(*x.add(row));
                sums[0] = _mm256_fmadd_ps(weights[0], x, sums[0]);
                sums[1] = _mm256_fmadd_ps(weights[1], x, sums[1]);
            }
        }
        for (row, [first, second]) in state.into_iter().enumerate() {
            _mm256_storeu_ps(sums.add(row * LANES), first);
            _mm256_storeu_ps(sums.add(row * LANES + LANES / 2), second);
        }
    }
}
