//! Products with AVX-512 and its dot products of 8-bit integers.
//!
//! One kernel for all formats: it multiplies the codes of a panel, as a [`Source`] brings them to 8 bits,
//! with the rows of a tile, whose sums stay in registers. Few rows are multiplied while the packed weights
//! come from memory; for many rows a panel is unpacked once, to where it is at hand for all tiles.

mod source;

use std::arch::x86_64::*;

use crate::kernels::activations::RECORD;
use crate::kernels::format::{BLOCK, Format, GROUP, LANES, VECTOR};
use crate::kernels::level::{self, Kernel, Unpack};
use source::{Source, Unpacked};

/// How far ahead of its use a packed panel is fetched, in bytes.
const AHEAD: usize = 4096;

/// Calls a function that is generic over the source of a format.
macro_rules! of_format {
    ($format:expr, $function:ident $(, $rows:literal)?) => {
        match $format {
            Format::Q4_0 => $function::<source::Q4_0 $(, $rows)?>,
            Format::Q4_1 => $function::<source::Q4_1 $(, $rows)?>,
            Format::Q5_0 => $function::<source::Q5_0 $(, $rows)?>,
            Format::Q5_1 => $function::<source::Q5_1 $(, $rows)?>,
            Format::Q8_0 => $function::<source::Q8_0 $(, $rows)?>,
            Format::Q2K => $function::<source::Q2K $(, $rows)?>,
            Format::Q3K => $function::<source::Q3K $(, $rows)?>,
            Format::Q4K => $function::<source::Q4K $(, $rows)?>,
            Format::Q5K => $function::<source::Q5K $(, $rows)?>,
            Format::Q6K => $function::<source::Q6K $(, $rows)?>,
            Format::Iq4Nl => $function::<source::Iq4Nl $(, $rows)?>,
            Format::Iq4Xs => $function::<source::Iq4Xs $(, $rows)?>,
            Format::Mxfp4 => $function::<source::Mxfp4 $(, $rows)?>,
        }
    };
}

/// The kernel for a packed panel and a tile of up to eight padded rows.
pub(super) fn few(format: Format, rows: usize) -> Kernel {
    match rows {
        1 => of_format!(format, kernel, 1),
        2 => of_format!(format, kernel, 2),
        4 => of_format!(format, kernel, 4),
        6 => of_format!(format, kernel, 6),
        _ => of_format!(format, kernel, 8),
    }
}

/// The kernel for an unpacked panel and a tile of this many padded rows.
pub(super) fn many(format: Format, rows: usize) -> Kernel {
    match (format.has_halves(), format.has_minima()) {
        (false, false) => many_of::<false, false>(rows),
        (false, true) => many_of::<false, true>(rows),
        (true, false) => many_of::<true, false>(rows),
        (true, true) => many_of::<true, true>(rows),
    }
}

fn many_of<const HALVES: bool, const MINIMA: bool>(rows: usize) -> Kernel {
    match rows {
        1 => kernel::<Unpacked<HALVES, MINIMA>, 1>,
        2 => kernel::<Unpacked<HALVES, MINIMA>, 2>,
        4 => kernel::<Unpacked<HALVES, MINIMA>, 4>,
        6 => kernel::<Unpacked<HALVES, MINIMA>, 6>,
        8 => kernel::<Unpacked<HALVES, MINIMA>, 8>,
        10 => kernel::<Unpacked<HALVES, MINIMA>, 10>,
        _ => kernel::<Unpacked<HALVES, MINIMA>, 12>,
    }
}

/// What unpacks a panel for [`many`].
pub(super) fn unpack(format: Format) -> Unpack {
    of_format!(format, unpack_panel)
}

/// See [`Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn kernel<S: Source, const R: usize>(
    panel: *const u8,
    blocks: usize,
    x: *const u8,
    _rows: usize,
    sums: *mut f32,
) {
    // SAFETY: the caller's promises; every pointer stays within panel and records.
    unsafe {
        let mut state = [_mm512_setzero_ps(); R];
        let (mut at, mut x, mut left) = (panel, x, blocks);
        while left > 0 {
            let len = left.min(GROUP);
            let shared = S::shared(at.add(len * S::CODES));
            let scales = at.add(len * S::CODES + S::SHARED);
            for block in 0..len {
                let codes = at.add(block * S::CODES);
                if S::AHEAD {
                    fetch::<S>(codes);
                }
                add_block::<S, R>(codes, shared, scales.add(block * S::SCALES), x, &mut state);
                x = x.add(R * RECORD);
            }
            at = scales.add(len * S::SCALES);
            left -= len;
        }
        let factor = _mm512_set1_ps(S::FACTOR);
        for (row, sum) in state.into_iter().enumerate() {
            _mm512_storeu_ps(sums.add(row * LANES), _mm512_mul_ps(sum, factor));
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
unsafe fn add_block<S: Source, const R: usize>(
    codes: *const u8,
    shared: S::Shared,
    scales: *const u8,
    x: *const u8,
    state: &mut [__m512; R],
) {
    // SAFETY: the caller has the features and the block.
    unsafe {
        let weights = S::scales(shared, scales);
        let minima = S::minima(shared, scales);
        let numbers = x.add(R * BLOCK).cast::<f32>(); // R of each kind
        if S::HALVES {
            for half in 0..2 {
                let negated = numbers.add((3 + half) * R).cast::<i32>();
                let mut dots = start::<S, R>(negated);
                if half == 0 {
                    add_quad::<S, R, 0>(codes, x, &mut dots);
                    add_quad::<S, R, 1>(codes, x, &mut dots);
                    add_quad::<S, R, 2>(codes, x, &mut dots);
                    add_quad::<S, R, 3>(codes, x, &mut dots);
                } else {
                    add_quad::<S, R, 4>(codes, x, &mut dots);
                    add_quad::<S, R, 5>(codes, x, &mut dots);
                    add_quad::<S, R, 6>(codes, x, &mut dots);
                    add_quad::<S, R, 7>(codes, x, &mut dots);
                }
                scale::<R>(&dots, weights[half], numbers, state);
                if S::MINIMA {
                    // The sums of halves are there in whole numbers only, times −128.
                    let minimum = _mm512_mul_ps(minima[half], _mm512_set1_ps(1.0 / 128.0));
                    let sums = start::<Halves, R>(negated);
                    scale::<R>(&sums, minimum, numbers, state);
                }
            }
        } else {
            let mut dots = start::<S, R>(numbers.add(R).cast());
            add_quad::<S, R, 0>(codes, x, &mut dots);
            add_quad::<S, R, 1>(codes, x, &mut dots);
            add_quad::<S, R, 2>(codes, x, &mut dots);
            add_quad::<S, R, 3>(codes, x, &mut dots);
            add_quad::<S, R, 4>(codes, x, &mut dots);
            add_quad::<S, R, 5>(codes, x, &mut dots);
            add_quad::<S, R, 6>(codes, x, &mut dots);
            add_quad::<S, R, 7>(codes, x, &mut dots);
            scale::<R>(&dots, weights[0], numbers, state);
            if S::MINIMA {
                for (row, sum) in state.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*numbers.add(2 * R + row));
                    *sum = _mm512_fnmadd_ps(minima[0], x, *sum);
                }
            }
        }
    }
}

/// A source that only says where dot products start.
type Halves = Unpacked<true, false>;

/// What dot products start from: nothing, or −128 times the sum of the row's codes, of which `negated` has
/// one a row.
#[inline(always)]
unsafe fn start<S: Source, const R: usize>(negated: *const i32) -> [__m512i; R] {
    let mut dots = [zero(); R];
    if !S::MINIMA {
        for (row, dot) in dots.iter_mut().enumerate() {
            // SAFETY: the record has a number a row.
            *dot = unsafe { _mm512_set1_epi32(*negated.add(row)) };
        }
    }
    dots
}

#[inline(always)]
fn zero() -> __m512i {
    // SAFETY: called with the features at hand only.
    unsafe { _mm512_setzero_si512() }
}

/// Adds the products of four columns.
#[inline(always)]
unsafe fn add_quad<S: Source, const R: usize, const Q: usize>(
    codes: *const u8,
    x: *const u8,
    dots: &mut [__m512i; R],
) {
    // SAFETY: the caller has the features, the block and the record.
    unsafe {
        let weights = S::codes::<Q>(codes);
        for (row, dot) in dots.iter_mut().enumerate() {
            let x = x.add(row * BLOCK + 4 * Q).cast::<i32>().read_unaligned();
            *dot = _mm512_dpbusd_epi32(*dot, weights, _mm512_set1_epi32(x));
        }
    }
}

/// Adds dot products, times the scales of weights and rows.
#[inline(always)]
unsafe fn scale<const R: usize>(
    dots: &[__m512i; R],
    weights: __m512,
    rows: *const f32,
    state: &mut [__m512; R],
) {
    for (row, (dot, sum)) in dots.iter().zip(state).enumerate() {
        // SAFETY: the caller has the features and a scale a row.
        unsafe {
            let scale = _mm512_mul_ps(weights, _mm512_set1_ps(*rows.add(row)));
            *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(*dot), scale, *sum);
        }
    }
}

/// See [`Unpack`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn unpack_panel<S: Source>(panel: *const u8, blocks: usize, out: *mut u8) {
    // SAFETY: the caller's promises.
    unsafe {
        let factor = _mm512_set1_ps(S::FACTOR);
        let kinds = level::kinds(S::HALVES, S::MINIMA);
        let (mut at, mut out, mut left) = (panel, out, blocks);
        while left > 0 {
            let len = left.min(GROUP);
            let shared = S::shared(at.add(len * S::CODES));
            let scales = at.add(len * S::CODES + S::SHARED);
            let out_scales = out.add(len * 8 * VECTOR);
            for block in 0..len {
                let codes = at.add(block * S::CODES);
                fetch::<S>(codes);
                unpack_codes::<S>(codes, out.add(block * 8 * VECTOR).cast());
                let scales = scales.add(block * S::SCALES);
                let (weights, minima) = (S::scales(shared, scales), S::minima(shared, scales));
                let weights = weights.map(|it| _mm512_mul_ps(it, factor));
                let all = match (S::HALVES, S::MINIMA) {
                    (false, _) => [weights[0], minima[0], minima[0], minima[0]],
                    (true, _) => [weights[0], weights[1], minima[0], minima[1]],
                };
                let out = out_scales.add(block * kinds * VECTOR);
                for (kind, scale) in all.into_iter().take(kinds).enumerate() {
                    _mm512_storeu_ps(out.add(kind * VECTOR).cast(), scale);
                }
            }
            at = scales.add(len * S::SCALES);
            out = out_scales.add(len * kinds * VECTOR);
            left -= len;
        }
    }
}

#[inline(always)]
unsafe fn unpack_codes<S: Source>(codes: *const u8, out: *mut __m512i) {
    // SAFETY: the caller has the features, the block and room for eight vectors.
    unsafe {
        _mm512_storeu_si512(out, S::codes::<0>(codes));
        _mm512_storeu_si512(out.add(1), S::codes::<1>(codes));
        _mm512_storeu_si512(out.add(2), S::codes::<2>(codes));
        _mm512_storeu_si512(out.add(3), S::codes::<3>(codes));
        _mm512_storeu_si512(out.add(4), S::codes::<4>(codes));
        _mm512_storeu_si512(out.add(5), S::codes::<5>(codes));
        _mm512_storeu_si512(out.add(6), S::codes::<6>(codes));
        _mm512_storeu_si512(out.add(7), S::codes::<7>(codes));
    }
}
