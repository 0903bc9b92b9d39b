//! SHA-1 (FIPS 180-4), for one purpose: git names the content of a small file by it.
//!
//! It keeps out accidents, not attackers: files that hold weights are checked by SHA-256.

/// The bytes of a block.
const BLOCK_BYTES: usize = 64;

/// A digest in the making.
#[derive(Debug, Clone)]
pub(super) struct Sha1 {
    state: [u32; 5],
    block: [u8; BLOCK_BYTES],
    filled: usize,
    total_bytes: u64,
}

impl Sha1 {
    pub(super) fn new() -> Self {
        Self {
            state: [
                0x6745_2301,
                0xefcd_ab89,
                0x98ba_dcfe,
                0x1032_5476,
                0xc3d2_e1f0,
            ],
            block: [0; BLOCK_BYTES],
            filled: 0,
            total_bytes: 0,
        }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.total_bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let count = bytes.len().min(BLOCK_BYTES - self.filled);
            let (now, later) = bytes.split_at(count);
            self.block[self.filled..self.filled + count].copy_from_slice(now);
            self.filled += count;
            bytes = later;
            if self.filled == BLOCK_BYTES {
                self.compress();
                self.filled = 0;
            }
        }
    }

    pub(super) fn finalize(mut self) -> [u8; 20] {
        let bits = self.total_bytes * 8;
        self.update(&[0x80]);
        while self.filled != BLOCK_BYTES - 8 {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        let mut digest = [0; 20];
        for (place, word) in digest.chunks_exact_mut(4).zip(self.state) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    fn compress(&mut self) {
        let mut schedule = [0_u32; 80];
        for (word, bytes) in schedule.iter_mut().zip(self.block.chunks_exact(4)) {
            *word = bytes
                .iter()
                .fold(0, |word, &byte| word << 8 | u32::from(byte));
        }
        for index in 16..80 {
            let word = schedule[index - 3]
                ^ schedule[index - 8]
                ^ schedule[index - 14]
                ^ schedule[index - 16];
            schedule[index] = word.rotate_left(1);
        }
        let mut mixed = self.state;
        for (index, word) in schedule.into_iter().enumerate() {
            let [first, second, third, fourth, fifth] = mixed;
            let (mix, constant) = match index / 20 {
                0 => (second & third | !second & fourth, 0x5a82_7999),
                1 => (second ^ third ^ fourth, 0x6ed9_eba1),
                2 => (
                    second & third | second & fourth | third & fourth,
                    0x8f1b_bcdc_u32,
                ),
                _ => (second ^ third ^ fourth, 0xca62_c1d6),
            };
            let next = [mix, fifth, constant, word]
                .into_iter()
                .fold(first.rotate_left(5), u32::wrapping_add);
            mixed = [next, first, second.rotate_left(30), third, fourth];
        }
        for (state, word) in self.state.iter_mut().zip(mixed) {
            *state = state.wrapping_add(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        let mut sha1 = Sha1::new();
        sha1.update(bytes);
        crate::checkpoint::hexadecimal(&sha1.finalize())
    }

    /// The examples of the standard, and what `git hash-object` says of an empty file.
    #[test]
    fn the_digests_are_those_of_the_standard() {
        assert_eq!(hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        );
        assert_eq!(
            hex(&vec![b'a'; 1_000_000]),
            "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
        );
        assert_eq!(hex(b"blob 0\0"), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }
}
