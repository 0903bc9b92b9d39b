//! Panels unpacked for many rows: block after block, signed codes whose zero is 0, then scales and minima.

use std::arch::aarch64::*;

use super::QUARTER;
use super::source::{Scales, Source};
use crate::kernels::format::{GROUP, VECTOR};
use crate::kernels::level::kinds;

/// Bytes of the codes of a block.
pub(super) const CODES: usize = 8 * VECTOR;

/// Bytes of an unpacked block; with `pairs`, see [`unpack_panel`].
pub(super) const fn block_bytes(halves: bool, minima: bool, pairs: bool) -> usize {
    CODES + kinds(halves, minima) * scale_bytes(pairs)
}

/// Bytes of the scales of a block, or of its minima, or of those of half a block.
pub(super) const fn scale_bytes(pairs: bool) -> usize {
    if pairs { 2 * VECTOR } else { VECTOR }
}

/// See [`Unpack`](super::Unpack). A vector of codes has four columns of four lanes; or, with `PAIRS`, eight
/// columns of two lanes, and each scale stands there twice.
pub(super) unsafe fn unpack_panel<S: Source, const PAIRS: bool>(
    panel: *const u8,
    blocks: usize,
    out: *mut u8,
) {
    // SAFETY: the caller's promises.
    unsafe {
        let (mut at, mut out, mut left) = (panel, out, blocks);
        while left > 0 {
            let len = left.min(GROUP);
            let shared = S::shared::<4>(at.add(len * S::CODES), 0);
            let scales = at.add(len * S::CODES + S::SHARED);
            for block in 0..len {
                let codes = at.add(block * S::CODES);
                unpack_eight::<S, PAIRS, 0, 1>(codes, out);
                unpack_eight::<S, PAIRS, 2, 3>(codes, out);
                unpack_eight::<S, PAIRS, 4, 5>(codes, out);
                unpack_eight::<S, PAIRS, 6, 7>(codes, out);
                let scales = scales.add(block * S::SCALES);
                let both = [S::scales(shared, scales, 0), S::minima(shared, scales, 0)];
                put_scales::<S, PAIRS>(&both, out.add(CODES));
                out = out.add(block_bytes(S::HALVES, S::MINIMA, PAIRS));
            }
            at = scales.add(len * S::SCALES);
            left -= len;
        }
    }
}

/// Unpacks the quads A and B, which follow each other.
#[inline(always)]
unsafe fn unpack_eight<S: Source, const PAIRS: bool, const A: usize, const B: usize>(
    codes: *const u8,
    out: *mut u8,
) {
    for quarter in 0..4 {
        // SAFETY: the caller has the block, and room for its codes.
        unsafe {
            let codes = codes.add(quarter * 4 * QUARTER);
            let (a, b) = (centred::<S, A>(codes), centred::<S, B>(codes));
            if PAIRS {
                let out = out.add(A * VECTOR + quarter * 8 * QUARTER).cast::<i32>();
                vst1q_s32(out, vzip1q_s32(a, b));
                vst1q_s32(out.add(QUARTER), vzip2q_s32(a, b));
            } else {
                let out = out.add(quarter * 4 * QUARTER).cast::<i32>();
                vst1q_s32(out.add(A * VECTOR / 4), a);
                vst1q_s32(out.add(B * VECTOR / 4), b);
            }
        }
    }
}

/// The codes of a quad, less that of zero.
#[inline(always)]
unsafe fn centred<S: Source, const Q: usize>(codes: *const u8) -> int32x4_t {
    // SAFETY: the caller has the block.
    unsafe {
        let zero = if S::SIGNED { 0 } else { 128 >> S::ZERO_SHIFT };
        vreinterpretq_s32_s8(vsubq_s8(S::codes::<Q>(codes), vdupq_n_s8(zero as i8)))
    }
}

/// Writes the scales and the minima of a block.
#[inline(always)]
unsafe fn put_scales<S: Source, const PAIRS: bool>(both: &[[Scales<4>; 2]; 2], out: *mut u8) {
    let parts = 1 + usize::from(S::HALVES);
    for kind in 0..kinds(S::HALVES, S::MINIMA) {
        for (quarter, scales) in both[kind / parts][kind % parts].into_iter().enumerate() {
            // SAFETY: the caller has room for them.
            unsafe {
                let out = out.add(kind * scale_bytes(PAIRS)).cast::<f32>();
                if PAIRS {
                    let out = out.add(quarter * 2 * QUARTER);
                    vst1q_f32(out, vzip1q_f32(scales, scales));
                    vst1q_f32(out.add(QUARTER), vzip2q_f32(scales, scales));
                } else {
                    vst1q_f32(out.add(quarter * QUARTER), scales);
                }
            }
        }
    }
}
