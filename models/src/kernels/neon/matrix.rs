//! Many rows with unpacked weights, by products of matrices of 8-bit integers.
//!
//! A vector has eight columns of two lanes, or of two rows; so a vector of sums has both lanes with both
//! rows, and scales of lanes stand twice each, those of rows by turns.

use std::arch::aarch64::*;

use super::many::Place;
use super::record::Record;
use super::unpack::{CODES, block_bytes, scale_bytes};
use super::{HALF, Kind, QUARTER, add_scaled, product};
use crate::kernels::activations::RECORD;
use crate::kernels::format::{Format, LANES, VECTOR};
use crate::kernels::level::{Kernel, Unpack};

/// Vectors of two lanes each that half a panel has.
const VECTORS: usize = HALF / 2;

/// The kernel for an unpacked panel and a tile of any size.
pub(in crate::kernels) fn many(format: Format, _rows: usize) -> Kernel {
    match (format.has_halves(), format.has_minima()) {
        (false, false) => kernel::<false, false>,
        (false, true) => kernel::<false, true>,
        (true, false) => kernel::<true, false>,
        (true, true) => kernel::<true, true>,
    }
}

/// What unpacks a panel for [`many`].
pub(in crate::kernels) fn unpack(format: Format) -> Unpack {
    super::unpack_pairs(format)
}

/// See [`Kernel`].
#[target_feature(enable = "neon,dotprod,i8mm")]
unsafe fn kernel<const HALVES: bool, const MINIMA: bool>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    rows: usize,
    sums: *mut f32,
) {
    let kind = Kind::of::<HALVES, MINIMA>();
    for place in Place::all(panel, blocks, x, rows, sums) {
        // SAFETY: the caller's promises; the rows are those of the tile.
        unsafe {
            match place.len {
                1 => some_rows::<1, true>(kind, place),
                2 => some_rows::<1, false>(kind, place),
                4 => some_rows::<2, false>(kind, place),
                _ => some_rows::<3, false>(kind, place),
            }
        }
    }
}

/// Multiplies P pairs of rows, or one row that is `ALONE`, with half a panel.
#[inline(always)]
unsafe fn some_rows<const P: usize, const ALONE: bool>(kind: Kind, place: Place) {
    // SAFETY: the caller's promises; every pointer stays within panel and records.
    unsafe {
        let mut state = [[vdupq_n_f32(0.0); VECTORS]; P];
        let (mut at, mut x) = (place.panel, place.x);
        for _ in 0..place.blocks {
            add_block::<P, ALONE>(kind, at, place.half, place.record(x), &mut state);
            at = at.add(block_bytes(kind.halves, kind.minima, true));
            x = x.add(place.rows * RECORD);
        }
        for (pair, sums) in state.into_iter().enumerate() {
            for (quarter, sums) in sums.chunks_exact(2).enumerate() {
                let at = (place.row + 2 * pair) * LANES + place.half * HALF + quarter * QUARTER;
                vst1q_f32(place.sums.add(at), vuzp1q_f32(sums[0], sums[1]));
                if !ALONE {
                    vst1q_f32(place.sums.add(at + LANES), vuzp2q_f32(sums[0], sums[1]));
                }
            }
        }
    }
}

/// Adds the products of a block of half a panel with the rows of a record.
#[inline(always)]
unsafe fn add_block<const P: usize, const ALONE: bool>(
    kind: Kind,
    codes: *const u8,
    half: usize,
    record: Record,
    state: &mut [[float32x4_t; VECTORS]; P],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let scales = codes.add(CODES + half * VECTOR);
        let codes = codes.add(half * VECTOR);
        for part in 0..kind.parts() {
            let mut dots = [[vdupq_n_s32(0); VECTORS]; P];
            let eight = part * 2;
            add_eight::<P, ALONE>(codes, record, eight, &mut dots);
            add_eight::<P, ALONE>(codes, record, eight + 1, &mut dots);
            if !kind.halves {
                add_eight::<P, ALONE>(codes, record, eight + 2, &mut dots);
                add_eight::<P, ALONE>(codes, record, eight + 3, &mut dots);
            }
            let weights = scales.add(part * scale_bytes(true)).cast::<f32>();
            let minima = scales.add((kind.parts() + part) * scale_bytes(true));
            for (pair, (sums, dots)) in state.iter_mut().zip(dots).enumerate() {
                let numbers = if ALONE {
                    record.numbers(kind, 0)
                } else {
                    record.pair(kind, 2 * pair)
                };
                for (number, (sum, dots)) in sums.iter_mut().zip(dots).enumerate() {
                    let weight = vld1q_f32(weights.add(number * QUARTER));
                    let minimum = if kind.minima {
                        vld1q_f32(minima.cast::<f32>().add(number * QUARTER))
                    } else {
                        weight
                    };
                    *sum = add_scaled(kind, *sum, dots, (weight, minimum), &numbers, part);
                }
            }
        }
    }
}

/// Adds the products of eight columns.
#[inline(always)]
unsafe fn add_eight<const P: usize, const ALONE: bool>(
    codes: *const u8,
    record: Record,
    eight: usize,
    dots: &mut [[int32x4_t; VECTORS]; P],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let mut x = [vdupq_n_s8(0); P];
        for (pair, x) in x.iter_mut().enumerate() {
            *x = record.eight(2 * pair, eight, ALONE);
        }
        for number in 0..VECTORS {
            let codes = vld1q_s8(codes.add(2 * eight * VECTOR + number * 4 * QUARTER).cast());
            for (sums, x) in dots.iter_mut().zip(x) {
                sums[number] = product(sums[number], codes, x);
            }
        }
    }
}
