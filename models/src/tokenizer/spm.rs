//! SentencePiece BPE: joins the pair of neighbours with the best score until none is in the vocabulary.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

/// The character SentencePiece writes for a space.
pub(super) const SPACE: char = '▁';

/// A SentencePiece BPE model. Pieces that are control are not in it, so no text joins to one.
#[derive(Debug)]
pub(super) struct Spm {
    pieces: HashMap<String, (u32, f32)>,
    bytes: Box<[Option<u32>; 256]>,
    unknown: Option<u32>,
}

/// A stretch of the text that is one piece so far; empty when it was joined to its left neighbour.
#[derive(Debug, Clone, Copy)]
struct Symbol {
    start: usize,
    len: usize,
    previous: Option<usize>,
    next: Option<usize>,
}

/// Two neighbours that could be joined; outdated when their lengths no longer add up to `len`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    len: usize,
}

impl Eq for Pair {}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spm {
    /// Builds a model from its pieces with their ids and scores, the tokens of single bytes, and the
    /// token for what has neither.
    pub(super) fn new(
        pieces: HashMap<String, (u32, f32)>,
        bytes: Box<[Option<u32>; 256]>,
        unknown: Option<u32>,
    ) -> Self {
        Self {
            pieces,
            bytes,
            unknown,
        }
    }

    /// Encodes `text`, whose spaces are written as [`SPACE`], onto `ids`. A byte that has no token at
    /// all is returned as the error.
    pub(super) fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), u8> {
        let mut symbols = characters(text);
        let mut queue = BinaryHeap::new();
        for right in 1..symbols.len() {
            self.propose(text, &symbols, right - 1, right, &mut queue);
        }
        while let Some(pair) = queue.pop() {
            if symbols[pair.left].len == 0
                || symbols[pair.left].len + symbols[pair.right].len != pair.len
            {
                continue;
            }
            if symbols[pair.right].len == 0 {
                continue;
            }
            join(&mut symbols, pair);
            let Symbol { previous, next, .. } = symbols[pair.left];
            if let Some(previous) = previous {
                self.propose(text, &symbols, previous, pair.left, &mut queue);
            }
            if let Some(next) = next {
                self.propose(text, &symbols, pair.left, next, &mut queue);
            }
        }
        for symbol in symbols.iter().filter(|symbol| symbol.len > 0) {
            self.write(&text[symbol.start..symbol.start + symbol.len], ids)?;
        }
        Ok(())
    }

    fn propose(
        &self,
        text: &str,
        symbols: &[Symbol],
        left: usize,
        right: usize,
        queue: &mut BinaryHeap<Pair>,
    ) {
        let start = symbols[left].start;
        let len = symbols[left].len + symbols[right].len;
        if let Some(&(_, score)) = self.pieces.get(&text[start..start + len]) {
            queue.push(Pair {
                score,
                left,
                right,
                len,
            });
        }
    }

    fn write(&self, piece: &str, ids: &mut Vec<u32>) -> Result<(), u8> {
        if let Some(&(id, _)) = self.pieces.get(piece) {
            ids.push(id);
            return Ok(());
        }
        for byte in piece.bytes() {
            ids.push(self.bytes[usize::from(byte)].or(self.unknown).ok_or(byte)?);
        }
        Ok(())
    }
}

fn characters(text: &str) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = text
        .char_indices()
        .enumerate()
        .map(|(index, (start, character))| Symbol {
            start,
            len: character.len_utf8(),
            previous: index.checked_sub(1),
            next: Some(index + 1),
        })
        .collect();
    if let Some(last) = symbols.last_mut() {
        last.next = None;
    }
    symbols
}

fn join(symbols: &mut [Symbol], pair: Pair) {
    let right = symbols[pair.right];
    symbols[pair.right].len = 0;
    symbols[pair.left].len += right.len;
    symbols[pair.left].next = right.next;
    if let Some(next) = right.next {
        symbols[next].previous = Some(pair.left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Spm {
        let pieces = [
            ("a", 10, -5.0),
            ("b", 11, -5.0),
            ("ab", 12, -2.0),
            ("ba", 13, -1.0),
            ("bab", 14, -3.0),
        ]
        .into_iter()
        .map(|(text, id, score)| (text.to_owned(), (id, score)))
        .collect();
        let mut bytes = Box::new([None; 256]);
        bytes[0xC3] = Some(1);
        bytes[0xA9] = Some(2);
        Spm::new(pieces, bytes, None)
    }

    fn ids(text: &str) -> Result<Vec<u32>, u8> {
        let mut ids = Vec::new();
        model().encode(text, &mut ids)?;
        Ok(ids)
    }

    #[test]
    fn the_best_score_joins_first_and_ties_go_left() {
        assert_eq!(ids("aba"), Ok(vec![10, 13]));
        assert_eq!(ids("baba"), Ok(vec![13, 13]));
        assert_eq!(ids("babb"), Ok(vec![14, 11]));
        assert_eq!(ids("abab"), Ok(vec![10, 14]));
        assert_eq!(ids(""), Ok(vec![]));
    }

    #[test]
    fn a_character_without_a_piece_becomes_its_bytes() {
        assert_eq!(ids("aé"), Ok(vec![10, 1, 2]));
        assert_eq!(ids("ü"), Err(0xBC));
    }
}
