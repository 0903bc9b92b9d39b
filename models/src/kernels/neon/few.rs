//! Few rows with packed weights.

use std::arch::aarch64::*;

use super::record::Record;
use super::source::{Both, Source};
use super::{Kind, QUARTER, add_scaled, dot};
use crate::kernels::activations::RECORD;
use crate::kernels::format::{GROUP, LANES};

/// Where a kernel is: some quarters of a panel and some rows of a tile.
#[derive(Clone, Copy)]
struct Place {
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    /// Rows of the tile.
    rows: usize,
    /// The first of the rows.
    row: usize,
    /// The first of the quarters.
    first: usize,
    sums: *mut f32,
}

/// See [`Kernel`](super::Kernel).
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn kernel<S: Source>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    let place = |row, first| Place {
        panel,
        blocks,
        x,
        rows,
        row,
        first,
        sums,
    };
    // SAFETY: the caller's promises; the rows are those of the tile.
    unsafe {
        if rows == 1 {
            return some_rows::<S, 1, 1, 4>(place(0, 0));
        }
        for row in (0..rows / 4 * 4).step_by(4) {
            some_rows::<S, 4, 2, 2>(place(row, 0));
            some_rows::<S, 4, 2, 2>(place(row, 2));
        }
        if rows % 4 == 2 {
            some_rows::<S, 2, 1, 4>(place(rows - 2, 0));
        }
    }
}

/// Multiplies R rows, P pairs of them, with C quarters.
#[inline(always)]
unsafe fn some_rows<S: Source, const R: usize, const P: usize, const C: usize>(place: Place) {
    // SAFETY: the caller's promises; every pointer stays within panel and records.
    unsafe {
        let mut state = [[vdupq_n_f32(0.0); C]; R];
        let (mut at, mut x, mut left) = (place.panel, place.x, place.blocks);
        while left > 0 {
            let len = left.min(GROUP);
            let shared = S::shared::<C>(at.add(len * S::CODES), place.first);
            let scales = at.add(len * S::CODES + S::SHARED);
            for block in 0..len {
                let codes = at.add(block * S::CODES + place.first * 4 * QUARTER);
                let scales = scales.add(block * S::SCALES);
                let weights = S::scales(shared, scales, place.first);
                let minima = S::minima(shared, scales, place.first);
                let record = Record {
                    at: x,
                    rows: place.rows,
                    row: place.row,
                };
                add_block::<S, R, P, C>(codes, (weights, minima), record, &mut state);
                x = x.add(place.rows * RECORD);
            }
            at = scales.add(len * S::SCALES);
            left -= len;
        }
        for (row, quarters) in state.into_iter().enumerate() {
            for (quarter, sum) in quarters.into_iter().enumerate() {
                let at = (place.row + row) * LANES + (place.first + quarter) * QUARTER;
                vst1q_f32(place.sums.add(at), sum);
            }
        }
    }
}

/// Adds the products of a block of weights with the rows of a record, quarter by quarter, so that the codes
/// of few are in registers at a time.
#[inline(always)]
unsafe fn add_block<S: Source, const R: usize, const P: usize, const C: usize>(
    codes: *const u8,
    (weights, minima): (Both<C>, Both<C>),
    record: Record,
    state: &mut [[float32x4_t; C]; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let kind = Kind {
            halves: S::HALVES,
            minima: S::MINIMA,
        };
        let mut x = [[vdupq_n_s8(0); 4]; P];
        let mut numbers = [record.numbers(kind, 0); R];
        for (pair, x) in x.iter_mut().enumerate() {
            for (eight, x) in x.iter_mut().enumerate() {
                *x = record.eight(2 * pair, eight, R == 1);
            }
        }
        for (row, numbers) in numbers.iter_mut().enumerate().skip(1) {
            *numbers = record.numbers(kind, row);
        }
        for quarter in 0..C {
            let codes = codes.add(quarter * 4 * QUARTER);
            let mut dots = [start::<S, R>(record, 0), start::<S, R>(record, 1)];
            // A vector of nibbles has the codes of two quads, which share its load.
            add_quad::<S, R, P, 0>(codes, &x, &mut dots);
            add_quad::<S, R, P, 4>(codes, &x, &mut dots);
            add_quad::<S, R, P, 1>(codes, &x, &mut dots);
            add_quad::<S, R, P, 5>(codes, &x, &mut dots);
            add_quad::<S, R, P, 2>(codes, &x, &mut dots);
            add_quad::<S, R, P, 6>(codes, &x, &mut dots);
            add_quad::<S, R, P, 3>(codes, &x, &mut dots);
            add_quad::<S, R, P, 7>(codes, &x, &mut dots);
            for (row, sums) in state.iter_mut().enumerate() {
                for half in 0..kind.parts() {
                    let scales = (weights[half][quarter], minima[half][quarter]);
                    let dots = dots[half][row];
                    sums[quarter] =
                        add_scaled(kind, sums[quarter], dots, scales, &numbers[row], half);
                }
            }
        }
    }
}

/// What dot products start from, those of half `half` where halves have scales: minus the sum of the row's
/// codes times the code of zero.
#[inline(always)]
unsafe fn start<S: Source, const R: usize>(record: Record, half: usize) -> [int32x4_t; R] {
    // SAFETY: the caller has the record.
    unsafe {
        let mut dots = [vdupq_n_s32(0); R];
        if !S::SIGNED {
            for (row, dots) in dots.iter_mut().enumerate() {
                let negated = record.negated(row, S::HALVES.then_some(half));
                *dots = vshlq_s32(negated, vdupq_n_s32(-S::ZERO_SHIFT));
            }
        }
        dots
    }
}

/// Adds the products of four columns.
#[inline(always)]
unsafe fn add_quad<S: Source, const R: usize, const P: usize, const Q: usize>(
    codes: *const u8,
    x: &[[int8x16_t; 4]; P],
    dots: &mut [[int32x4_t; R]; 2],
) {
    let half = if S::HALVES { Q / 4 } else { 0 };
    // SAFETY: the caller has the features and the block.
    unsafe {
        let weights = S::codes::<Q>(codes);
        for (row, sum) in dots[half].iter_mut().enumerate() {
            *sum = dot(*sum, weights, x[row / 2][Q / 2], row % 2 * 2 + Q % 2);
        }
    }
}
