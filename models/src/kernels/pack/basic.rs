//! Formats of files with a scale for every block of 32: ggml's `block_q4_0` … `block_q8_0`,
//! `block_iq4_nl` and `block_mxfp4`.

use super::lane::{Lane, sixteen};

/// Turns an i8 into a code that is 128 at zero.
const SIGN: u32 = 0x8080_8080;

/// `Q4_0` and `IQ4_NL`: scale, codes.
pub(super) fn q4_0(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(18).enumerate() {
        lane.set_scale(number, 0, [block[0], block[1]]);
        lane.set_nibbles(number, sixteen(block, 2));
    }
}

/// Scale, what is added, codes.
pub(super) fn q4_1(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(20).enumerate() {
        set_scale_and_minimum(number, block, &mut lane);
        lane.set_nibbles(number, sixteen(block, 4));
    }
}

/// Scale, fifth bits, codes.
pub(super) fn q5_0(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(22).enumerate() {
        lane.set_scale(number, 0, [block[0], block[1]]);
        lane.set_bits(number, 4, four(block, 2));
        lane.set_nibbles(number, sixteen(block, 6));
    }
}

/// Scale, what is added, fifth bits, codes.
pub(super) fn q5_1(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(24).enumerate() {
        set_scale_and_minimum(number, block, &mut lane);
        lane.set_bits(number, 4, four(block, 4));
        lane.set_nibbles(number, sixteen(block, 8));
    }
}

/// Scale, signed codes.
pub(super) fn q8_0(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(34).enumerate() {
        lane.set_scale(number, 0, [block[0], block[1]]);
        for vector in 0..8 {
            lane.set_codes(number, vector, four(block, 2 + 4 * vector) ^ SIGN);
        }
    }
}

/// Exponent, codes.
pub(super) fn mxfp4(row: &[u8], mut lane: Lane<'_>) {
    for (number, block) in row.chunks_exact(17).enumerate() {
        lane.set_small(number, 0, block[0]);
        lane.set_nibbles(number, sixteen(block, 1));
    }
}

/// What the file adds is stored with its sign turned, since kernels subtract.
fn set_scale_and_minimum(number: usize, block: &[u8], lane: &mut Lane<'_>) {
    lane.set_scale(number, 0, [block[0], block[1]]);
    lane.set_scale(number, 1, [block[2], block[3] ^ 0x80]);
}

fn four(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
