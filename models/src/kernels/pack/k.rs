//! Formats of files with super-blocks of 256: ggml's `block_q2_K` … `block_q6_K` and `block_iq4_xs`. A
//! row has one super-block in a group.

use super::lane::{Lane, high_nibbles, low_nibbles, sixteen};

/// Scales and minima in a byte each, codes of two bits, scale, scale of the minima.
pub(super) fn q2_k(block: &[u8], mut lane: Lane<'_>) {
    let (scales, codes) = (&block[..16], &block[16..80]);
    lane.set_shared(0, [block[80], block[81]]);
    lane.set_shared(1, [block[82], block[83]]);
    for number in 0..8 {
        let codes = &codes[number / 4 * 32..];
        let shift = 2 * (number % 4);
        let (low, high) = (sixteen(codes, 0) >> shift, sixteen(codes, 16) >> shift);
        lane.set_pairs(number, 0, low, high);
        for half in 0..2 {
            lane.set_small(number, half, scales[2 * number + half]);
        }
    }
}

/// Third bits, codes of two bits, scales of six bits, scale.
pub(super) fn q3_k(block: &[u8], mut lane: Lane<'_>) {
    let (third, codes, scales) = (&block[..32], &block[32..96], &block[96..108]);
    lane.set_shared(0, [block[108], block[109]]);
    for number in 0..8 {
        let codes = &codes[number / 4 * 32..];
        let shift = 2 * (number % 4);
        let (low, high) = (sixteen(codes, 0) >> shift, sixteen(codes, 16) >> shift);
        lane.set_pairs(number, 0, low, high);
        lane.set_bits(number, 2, column_bits(third, number));
        for half in 0..2 {
            let scale = q3_k_scale(scales, 2 * number + half);
            lane.set_small(number, half, scale.wrapping_sub(32));
        }
    }
}

/// Scale, scale of the minima, scales and minima of six bits, codes of four bits.
pub(super) fn q4_k(block: &[u8], mut lane: Lane<'_>) {
    set_scales_and_minima(block, &mut lane);
    set_four_bits(&block[16..], &mut lane);
}

/// As `Q4_K`, with fifth bits before the codes.
pub(super) fn q5_k(block: &[u8], mut lane: Lane<'_>) {
    set_scales_and_minima(block, &mut lane);
    for number in 0..8 {
        lane.set_bits(number, 4, column_bits(&block[16..48], number));
    }
    set_four_bits(&block[48..], &mut lane);
}

/// Low four bits, high two bits, signed scales, scale.
pub(super) fn q6_k(block: &[u8], mut lane: Lane<'_>) {
    lane.set_shared(0, [block[208], block[209]]);
    for number in 0..8 {
        let (half, quarter) = (number / 4, number % 4);
        let low = &block[64 * half + 32 * (quarter % 2)..];
        let (first, second) = (sixteen(low, 0), sixteen(low, 16));
        let nibbles = if quarter < 2 {
            low_nibbles(first, second)
        } else {
            high_nibbles(first, second)
        };
        lane.set_nibbles(number, nibbles);
        let high = &block[128 + 32 * half..];
        let shift = 2 * quarter;
        let (first, second) = (sixteen(high, 0) >> shift, sixteen(high, 16) >> shift);
        lane.set_pairs(number, 4, first, second);
        for half in 0..2 {
            lane.set_small(number, half, block[192 + 2 * number + half]);
        }
    }
}

/// Scale, high two bits and low four bits of scales, codes.
pub(super) fn iq4_xs(block: &[u8], mut lane: Lane<'_>) {
    let high = u16::from_le_bytes([block[2], block[3]]);
    lane.set_shared(0, [block[0], block[1]]);
    for number in 0..8 {
        let low = block[4 + number / 2] >> (4 * (number % 2)) & 15;
        let scale = low | ((high >> (2 * number) & 3) as u8) << 4;
        lane.set_small(number, 0, scale.wrapping_sub(32));
        lane.set_nibbles(number, sixteen(block, 8 + 16 * number));
    }
}

/// Two blocks share 32 bytes: the first has the low bits, the second the high ones.
fn set_four_bits(codes: &[u8], lane: &mut Lane<'_>) {
    for pair in 0..4 {
        let (low, high) = (sixteen(codes, 32 * pair), sixteen(codes, 32 * pair + 16));
        lane.set_nibbles(2 * pair, low_nibbles(low, high));
        lane.set_nibbles(2 * pair + 1, high_nibbles(low, high));
    }
}

fn set_scales_and_minima(block: &[u8], lane: &mut Lane<'_>) {
    lane.set_shared(0, [block[0], block[1]]);
    lane.set_shared(1, [block[2], block[3]]);
    let packed = &block[4..16];
    for number in 0..8 {
        let (scale, minimum) = if number < 4 {
            (packed[number] & 63, packed[number + 4] & 63)
        } else {
            let both = packed[number + 4];
            (
                both & 15 | packed[number - 4] >> 6 << 4,
                both >> 4 | packed[number] >> 6 << 4,
            )
        };
        lane.set_small(number, 0, scale);
        lane.set_small(number, 1, minimum);
    }
}

/// The six bits of a scale of `Q3_K`.
fn q3_k_scale(scales: &[u8], number: usize) -> u8 {
    let low = scales[number % 8] >> (4 * (number / 8)) & 15;
    let high = scales[8 + number % 4] >> (2 * (number / 4)) & 3;
    low | high << 4
}

/// Bit `number` of each of 32 bytes, bit c from byte c.
fn column_bits(bytes: &[u8], number: usize) -> u32 {
    let bits = bytes[..32].iter().enumerate();
    bits.fold(0, |all, (column, byte)| {
        all | u32::from(byte >> number & 1) << column
    })
}
