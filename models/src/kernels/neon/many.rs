//! Many rows with unpacked weights.

use std::arch::aarch64::*;

use super::record::Record;
use super::unpack::{CODES, block_bytes, scale_bytes};
use super::{HALF, Kind, QUARTER, add_scaled, dot};
use crate::kernels::activations::{RECORD, at_once};
use crate::kernels::format::{LANES, VECTOR};

/// Where a kernel is: half of a panel and some rows of a tile.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) panel: *const u8,
    pub(super) blocks: usize,
    pub(super) x: *const u8,
    /// Rows of the tile.
    pub(super) rows: usize,
    /// The first of the rows, and how many they are: 1, 2, 4 or 6.
    pub(super) row: usize,
    pub(super) len: usize,
    /// 0 or 1.
    pub(super) half: usize,
    pub(super) sums: *mut f32,
}

impl Place {
    /// Both halves of a panel with all rows of a tile.
    #[inline(always)]
    pub(super) fn all(
        panel: *const u8,
        blocks: usize,
        x: *const u8,
        rows: usize,
        sums: *mut f32,
    ) -> impl Iterator<Item = Self> {
        let halves = (0..2).map(move |half| Self {
            panel,
            blocks,
            x,
            rows,
            row: 0,
            len: at_once(rows),
            half,
            sums,
        });
        halves.flat_map(|half| std::iter::successors(Some(half), |it| it.behind()))
    }

    /// With the rows behind these.
    #[inline(always)]
    fn behind(self) -> Option<Self> {
        let row = self.row + self.len;
        (row < self.rows).then(|| Self {
            row,
            len: at_once(self.rows - row),
            ..self
        })
    }

    /// The rows of the record at `x`.
    #[inline(always)]
    pub(super) fn record(self, x: *const u8) -> Record {
        Record {
            at: x,
            rows: self.rows,
            row: self.row,
        }
    }
}

/// See [`Kernel`](super::Kernel).
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn kernel<const HALVES: bool, const MINIMA: bool>(
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
                1 => some_rows::<1, 1>(kind, place),
                2 => some_rows::<2, 1>(kind, place),
                4 => some_rows::<4, 2>(kind, place),
                _ => some_rows::<6, 3>(kind, place),
            }
        }
    }
}

/// Multiplies R rows, P pairs of them, with half a panel.
#[inline(always)]
unsafe fn some_rows<const R: usize, const P: usize>(kind: Kind, place: Place) {
    // SAFETY: the caller's promises; every pointer stays within panel and records.
    unsafe {
        let mut state = [[vdupq_n_f32(0.0); 2]; R];
        let (mut at, mut x) = (place.panel, place.x);
        for _ in 0..place.blocks {
            add_block::<R, P>(kind, at, place.half, place.record(x), &mut state);
            at = at.add(block_bytes(kind.halves, kind.minima, false));
            x = x.add(place.rows * RECORD);
        }
        for (row, quarters) in state.into_iter().enumerate() {
            let at = (place.row + row) * LANES + place.half * HALF;
            vst1q_f32(place.sums.add(at), quarters[0]);
            vst1q_f32(place.sums.add(at + QUARTER), quarters[1]);
        }
    }
}

/// Adds the products of a block of half a panel with the rows of a record.
#[inline(always)]
unsafe fn add_block<const R: usize, const P: usize>(
    kind: Kind,
    codes: *const u8,
    half: usize,
    record: Record,
    state: &mut [[float32x4_t; 2]; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let scales = codes.add(CODES + half * VECTOR / 2);
        let codes = codes.add(half * VECTOR / 2);
        for part in 0..kind.parts() {
            let mut dots = [[vdupq_n_s32(0); 2]; R];
            let eight = part * 2;
            add_eight::<R, P>(codes, record, eight, &mut dots);
            add_eight::<R, P>(codes, record, eight + 1, &mut dots);
            if !kind.halves {
                add_eight::<R, P>(codes, record, eight + 2, &mut dots);
                add_eight::<R, P>(codes, record, eight + 3, &mut dots);
            }
            let minima = scales.add((kind.parts() + part) * scale_bytes(false));
            let weights = two(scales.add(part * scale_bytes(false)));
            let minima = if kind.minima { two(minima) } else { weights };
            for (row, (sums, dots)) in state.iter_mut().zip(dots).enumerate() {
                let numbers = record.numbers(kind, row);
                for (quarter, (sum, dots)) in sums.iter_mut().zip(dots).enumerate() {
                    let scales = (weights[quarter], minima[quarter]);
                    *sum = add_scaled(kind, *sum, dots, scales, &numbers, part);
                }
            }
        }
    }
}

/// Adds the products of eight columns.
#[inline(always)]
unsafe fn add_eight<const R: usize, const P: usize>(
    codes: *const u8,
    record: Record,
    eight: usize,
    dots: &mut [[int32x4_t; 2]; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let mut x = [vdupq_n_s8(0); P];
        for (pair, x) in x.iter_mut().enumerate() {
            *x = record.eight(2 * pair, eight, R == 1);
        }
        add_quad::<R, P>(codes.add(2 * eight * VECTOR), 0, &x, dots);
        add_quad::<R, P>(codes.add((2 * eight + 1) * VECTOR), 1, &x, dots);
    }
}

/// Adds the products of four columns, the first or the second four of those of `x`.
#[inline(always)]
unsafe fn add_quad<const R: usize, const P: usize>(
    codes: *const u8,
    odd: usize,
    x: &[int8x16_t; P],
    dots: &mut [[int32x4_t; 2]; R],
) {
    // SAFETY: the caller has the features and the block.
    unsafe {
        let codes = [vld1q_s8(codes.cast()), vld1q_s8(codes.add(16).cast())];
        for (row, sums) in dots.iter_mut().enumerate() {
            for (sum, codes) in sums.iter_mut().zip(codes) {
                *sum = dot(*sum, codes, x[row / 2], row % 2 * 2 + odd);
            }
        }
    }
}

/// Two vectors of scales.
#[inline(always)]
unsafe fn two(at: *const u8) -> [float32x4_t; 2] {
    let at = at.cast::<f32>();
    // SAFETY: the caller has them.
    unsafe { [vld1q_f32(at), vld1q_f32(at.add(QUARTER))] }
}
