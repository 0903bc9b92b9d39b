//! The bytes of a group that belong to one row.

use crate::kernels::format::{Format, Group, LANES, VECTOR};

/// One lane of a group, to be written.
pub(super) struct Lane<'a> {
    group: Group,
    row: usize,
    out: &'a mut [u8],
}

/// Codes of a block as files have them: the low bits of 32 columns.
const NIBBLE: u128 = 0x0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f;

impl<'a> Lane<'a> {
    /// The lane of this number in the group `out` of `blocks` blocks.
    pub(super) fn new(format: Format, blocks: usize, lane: usize, out: &'a mut [u8]) -> Self {
        Self {
            group: Group::new(format, blocks),
            row: lane,
            out,
        }
    }

    /// Sets the f16 scale or minimum of this number that the blocks of the group share.
    pub(super) fn set_shared(&mut self, number: usize, value: [u8; 2]) {
        let at = self.group.shared() + 2 * (number * LANES + self.row);
        self.out[at..at + 2].copy_from_slice(&value);
    }

    /// Sets the f16 scale or minimum of this number of a block.
    pub(super) fn set_scale(&mut self, block: usize, number: usize, value: [u8; 2]) {
        let at = self.group.scales(block) + 2 * (number * LANES + self.row);
        self.out[at..at + 2].copy_from_slice(&value);
    }

    /// Sets the small scale or minimum of this number of a block.
    pub(super) fn set_small(&mut self, block: usize, number: usize, value: u8) {
        let at = self.group.scales(block) + number * LANES + self.row;
        self.out[at] = value;
    }

    /// Sets this lane's four bytes of a vector of a block.
    pub(super) fn set_codes(&mut self, block: usize, vector: usize, codes: u32) {
        let at = self.group.codes(block) + vector * VECTOR + 4 * self.row;
        self.out[at..at + 4].copy_from_slice(&codes.to_le_bytes());
    }

    /// Sets vectors 0..4 of a block: columns 0..16 in the low bits, 16..32 in the high ones.
    pub(super) fn set_nibbles(&mut self, block: usize, codes: u128) {
        for vector in 0..4 {
            self.set_codes(block, vector, (codes >> (32 * vector)) as u32);
        }
    }

    /// Sets one vector of a block to the fifth bits of its 32 columns: bit c of `bits` is column c. A
    /// byte has the bits of the columns that are four apart.
    pub(super) fn set_bits(&mut self, block: usize, vector: usize, bits: u32) {
        let spread = [0, 1, 2, 3].map(|column| every_fourth(bits >> column));
        self.set_codes(block, vector, u32::from_le_bytes(spread));
    }

    /// Sets two vectors of a block, from `vector` on, to two bits of its 32 columns, of which there is
    /// a byte each: `low` has columns 0..16, `high` 16..32.
    pub(super) fn set_pairs(&mut self, block: usize, vector: usize, low: u128, high: u128) {
        for (number, pairs) in [low, high].into_iter().enumerate() {
            let of = |part: usize| ((pairs >> (32 * part)) as u32 & 0x0303_0303) << (2 * part);
            self.set_codes(block, vector + number, of(0) | of(1) | of(2) | of(3));
        }
    }
}

/// The low four bits of 32 columns: in the low halves of bytes from `low` and `high`, 16 columns each.
pub(super) fn low_nibbles(low: u128, high: u128) -> u128 {
    (low & NIBBLE) | (high & NIBBLE) << 4
}

/// As [`low_nibbles`] from the high halves.
pub(super) fn high_nibbles(low: u128, high: u128) -> u128 {
    (low >> 4 & NIBBLE) | (high & !NIBBLE)
}

/// Sixteen bytes from `at` on.
pub(super) fn sixteen(bytes: &[u8], at: usize) -> u128 {
    let mut out = [0; 16];
    out.copy_from_slice(&bytes[at..at + 16]);
    u128::from_le_bytes(out)
}

/// Bits 0, 4, 8, … 28.
fn every_fourth(bits: u32) -> u8 {
    let pairs = bits & 0x1111_1111;
    let pairs = (pairs | pairs >> 3) & 0x0303_0303;
    let fours = (pairs | pairs >> 6) & 0x000f_000f;
    (fours | fours >> 12) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fourth_bit_is_taken() {
        for bits in [0, 1, 0x1000_0000, 0x1010_1010, 0xdead_beef, u32::MAX] {
            let expected = (0..8).fold(0, |all, bit| all | (bits >> (4 * bit) & 1) << bit);
            assert_eq!(u32::from(every_fourth(bits)), expected, "{bits:x}");
        }
    }
}
