//! Products with 256-bit vectors, with dot products of 8-bit integers where the processor has them.
//!
//! Half a panel, eight lanes, is multiplied with up to six rows at a time; the packed weights are taken
//! apart each time, which costs less here than it would to write them down. Without dot products, pairs of
//! products are added in 16 bits. Those of narrow codes fit several times, those of 8-bit codes only when
//! the weights are signed: the sign of a weight is then moved to the activation.

mod dots;
mod source;

use std::arch::x86_64::*;

use crate::kernels::activations::{RECORD, at_once};
use crate::kernels::format::{BLOCK, Format, GROUP, LANES, VECTOR};
use crate::kernels::level::Kernel;
use dots::{Dots, Pairs, Vex, add_four};
use source::Source;

/// How far ahead of its use a packed panel is fetched, in bytes.
const AHEAD: usize = 2048;
/// Lanes of half a panel.
const HALF: usize = LANES / 2;

/// Names a function that is generic over the source of a format and over how 8-bit products are added.
macro_rules! of_format {
    ($format:expr, $function:ident, $dots:ty) => {
        match $format {
            Format::Q4_0 => $function::<source::Q4_0, $dots>,
            Format::Q4_1 => $function::<source::Q4_1, $dots>,
            Format::Q5_0 => $function::<source::Q5_0, $dots>,
            Format::Q5_1 => $function::<source::Q5_1, $dots>,
            Format::Q8_0 => $function::<source::Q8_0, $dots>,
            Format::Q2K => $function::<source::Q2K, $dots>,
            Format::Q3K => $function::<source::Q3K, $dots>,
            Format::Q4K => $function::<source::Q4K, $dots>,
            Format::Q5K => $function::<source::Q5K, $dots>,
            Format::Q6K => $function::<source::Q6K, $dots>,
            Format::Iq4Nl => $function::<source::Iq4Nl, $dots>,
            Format::Iq4Xs => $function::<source::Iq4Xs, $dots>,
            Format::Mxfp4 => $function::<source::Mxfp4, $dots>,
        }
    };
}

/// The kernel for a packed panel and a tile of any size, without dot products.
pub(super) fn plain(format: Format, _rows: usize) -> Kernel {
    of_format!(format, kernel, Pairs)
}

/// The kernel for a packed panel and a tile of any size, with dot products.
pub(super) fn vnni(format: Format, _rows: usize) -> Kernel {
    #[cfg(test)]
    if !is_x86_feature_detected!("avxvnni") {
        return of_format!(format, kernel_evex, dots::Evex);
    }
    of_format!(format, kernel_vnni, Vex)
}

/// Where a kernel is: half of a panel and some rows of a tile.
#[derive(Clone, Copy)]
struct Place {
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    /// Rows of the tile.
    rows: usize,
    /// The first of the rows.
    row: usize,
    /// 0 or 1.
    half: usize,
    sums: *mut f32,
}

/// See [`Kernel`].
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn kernel<S: Source, P: Dots>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises.
    unsafe { all_rows::<S, P>(panel, blocks, x, rows, sums) }
}

/// See [`Kernel`].
#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
unsafe fn kernel_vnni<S: Source, P: Dots>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises.
    unsafe { all_rows::<S, P>(panel, blocks, x, rows, sums) }
}

/// As [`kernel_vnni`], with the instructions that AVX-512 has for the same.
#[cfg(test)]
#[target_feature(enable = "avx2,fma,f16c,avx512vl,avx512vnni")]
unsafe fn kernel_evex<S: Source, P: Dots>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises.
    unsafe { all_rows::<S, P>(panel, blocks, x, rows, sums) }
}

#[inline(always)]
unsafe fn all_rows<S: Source, P: Dots>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    let mut row = 0;
    while row < rows {
        let len = at_once(rows - row);
        for half in 0..2 {
            let place = Place {
                panel,
                blocks,
                x,
                rows,
                row,
                half,
                sums,
            };
            // SAFETY: the caller's promises; the rows are those of the tile.
            unsafe {
                match len {
                    1 => some_rows::<S, P, 1>(place),
                    2 => some_rows::<S, P, 2>(place),
                    4 => some_rows::<S, P, 4>(place),
                    _ => some_rows::<S, P, 6>(place),
                }
            }
        }
        row += len;
    }
}

#[inline(always)]
unsafe fn some_rows<S: Source, P: Dots, const R: usize>(place: Place) {
    // SAFETY: the caller's promises; every pointer stays within panel and records.
    unsafe {
        let mut state = [_mm256_setzero_ps(); R];
        let (mut at, mut x, mut left) = (place.panel, place.x, place.blocks);
        while left > 0 {
            let len = left.min(GROUP);
            let shared = S::shared(at.add(len * S::CODES), place.half);
            let scales = at.add(len * S::CODES + S::SHARED);
            for block in 0..len {
                let codes = at.add(block * S::CODES);
                if place.half == 0 && place.row == 0 {
                    fetch::<S>(codes);
                }
                let scales = scales.add(block * S::SCALES);
                let weights = S::scales(shared, scales, place.half);
                let minima = S::minima(shared, scales, place.half);
                let codes = codes.add(place.half * VECTOR / 2);
                add_block::<S, P, R>(codes, weights, minima, x, place, &mut state);
                x = x.add(place.rows * RECORD);
            }
            at = scales.add(len * S::SCALES);
            left -= len;
        }
        for (row, sum) in state.into_iter().enumerate() {
            let at = (place.row + row) * LANES + place.half * HALF;
            _mm256_storeu_ps(place.sums.add(at), sum);
        }
    }
}

/// Asks for the bytes of a block that comes later; a place behind the matrix does no harm.
#[inline(always)]
unsafe fn fetch<S: Source>(codes: *const u8) {
    for line in 0..(S::CODES + S::SCALES).div_ceil(VECTOR) {
        let ahead = codes.wrapping_add(AHEAD + line * VECTOR);
        // SAFETY: a fetch does not fault.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) };
    }
}

/// Adds the products of a block of weights with the rows of a record.
#[inline(always)]
unsafe fn add_block<S: Source, P: Dots, const R: usize>(
    codes: *const u8,
    weights: [__m256; 2],
    minima: [__m256; 2],
    x: *const u8,
    place: Place,
    state: &mut [__m256; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let kind = |kind: usize| {
            let numbers = x.add(place.rows * BLOCK).cast::<f32>();
            numbers.add(kind * place.rows + place.row)
        };
        let x = x.add(place.row * BLOCK);
        if S::HALVES {
            for half in 0..2 {
                let negated = kind(3 + half).cast::<i32>();
                let mut dots = start::<S, P, R>(negated);
                if half == 0 {
                    add_four::<S, P, R, 0, 1, 2, 3>(codes, x, &mut dots);
                } else {
                    add_four::<S, P, R, 4, 5, 6, 7>(codes, x, &mut dots);
                }
                scale::<R>(&dots, weights[half], kind(0), state);
                if S::MINIMA {
                    // The sums of halves are there in whole numbers only, times −128.
                    let minimum = _mm256_mul_ps(minima[half], _mm256_set1_ps(1.0 / 128.0));
                    let sums = std::array::from_fn(|row| _mm256_set1_epi32(*negated.add(row)));
                    scale::<R>(&sums, minimum, kind(0), state);
                }
            }
        } else {
            let mut dots = start::<S, P, R>(kind(1).cast());
            add_four::<S, P, R, 0, 1, 2, 3>(codes, x, &mut dots);
            add_four::<S, P, R, 4, 5, 6, 7>(codes, x, &mut dots);
            scale::<R>(&dots, weights[0], kind(0), state);
            if S::MINIMA {
                for (row, sum) in state.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*kind(2).add(row));
                    *sum = _mm256_fnmadd_ps(minima[0], x, *sum);
                }
            }
        }
    }
}

/// What dot products start from: minus the sum of the row's codes times the code of zero.
#[inline(always)]
unsafe fn start<S: Source, P: Dots, const R: usize>(negated: *const i32) -> [__m256i; R] {
    // SAFETY: the caller has the features and a number a row.
    unsafe {
        if S::MINIMA || (S::is_signed() && !P::ARE_THERE) {
            return [_mm256_setzero_si256(); R];
        }
        let count = _mm_cvtsi32_si128(S::ZERO_SHIFT);
        std::array::from_fn(|row| _mm256_sra_epi32(_mm256_set1_epi32(*negated.add(row)), count))
    }
}

/// Adds dot products, times the scales of weights and rows.
#[inline(always)]
unsafe fn scale<const R: usize>(
    dots: &[__m256i; R],
    weights: __m256,
    rows: *const f32,
    state: &mut [__m256; R],
) {
    for (row, (dot, sum)) in dots.iter().zip(state).enumerate() {
        // SAFETY: the caller has the features and a scale a row.
        unsafe {
            let scale = _mm256_mul_ps(weights, _mm256_set1_ps(*rows.add(row)));
            *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(*dot), scale, *sum);
        }
    }
}
