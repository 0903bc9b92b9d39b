//! Inputs like those of a corpus, but wrong somewhere.

use super::Dice;

/// What numbers in files are when somebody means harm.
const BYTES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b'\n'];
/// The longest input.
const LENGTH_MAX: usize = 16 << 10;

/// `input` with a few changes: bits, bytes, pieces left out, repeated or taken from `other`.
pub fn mutated(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let len = dice.below(16).min(bytes.len() - at);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = BYTES[dice.below(BYTES.len())],
            2 => drop(bytes.drain(at..at + len)),
            3 => {
                let piece = bytes[at..at + len].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let from = dice.below(other.len() + 1);
                let piece = &other[from..(from + dice.below(32)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => bytes.insert(at, BYTES[dice.below(BYTES.len())]),
        }
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}
