//! Token ids to text while they arrive. Knows nothing of markup.

use crate::tokenizer::Tokenizer;

/// Turns ids into text, never emitting half a character.
///
/// Bytes that cannot become a character are written as U+FFFD, as
/// [`String::from_utf8_lossy`] does for the whole.
#[derive(Debug)]
pub struct Detokenizer {
    tokenizer: Tokenizer,
    pending: Vec<u8>,
    /// SentencePiece writes a space before the first word, which is no part of the text.
    drops_space: bool,
}

impl Detokenizer {
    pub(crate) fn new(tokenizer: Tokenizer, drops_space: bool) -> Self {
        Self {
            tokenizer,
            pending: Vec::new(),
            drops_space,
        }
    }

    /// Takes the next id and returns the text that is now certain; may be empty.
    pub fn push(&mut self, id: u32) -> String {
        let mut bytes = self.tokenizer.text_bytes(id);
        if self.drops_space && !bytes.is_empty() {
            bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
            self.drops_space = false;
        }
        self.pending.extend_from_slice(bytes);
        self.take_certain()
    }

    /// Returns what is left: bytes that never became a character, as U+FFFD.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
    }

    /// Takes all but a character whose last bytes have not come.
    fn take_certain(&mut self) -> String {
        let mut certain = 0;
        while let Err(error) = std::str::from_utf8(&self.pending[certain..]) {
            certain += error.valid_up_to();
            let Some(invalid) = error.error_len() else {
                let rest = self.pending.split_off(certain);
                let text = std::mem::replace(&mut self.pending, rest);
                return String::from_utf8_lossy(&text).into_owned();
            };
            certain += invalid;
        }
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::tokenizer::testing::bytes_tokenizer;

    fn streamed(bytes: &[u8]) -> (Vec<String>, String) {
        let mut detokenizer = bytes_tokenizer().detokenizer();
        let pieces: Vec<String> = bytes
            .iter()
            .map(|byte| detokenizer.push(u32::from(*byte)))
            .collect();
        let rest = detokenizer.finish();
        (pieces, rest)
    }

    #[test]
    fn a_character_waits_for_its_last_byte() {
        let (pieces, rest) = streamed("a👍".as_bytes());
        assert_eq!(pieces, ["a", "", "", "", "👍"]);
        assert_eq!(rest, "");
    }

    #[test]
    fn half_a_character_at_the_end_is_replaced() {
        let (pieces, rest) = streamed(&"é".as_bytes()[..1]);
        assert_eq!(pieces, [""]);
        assert_eq!(rest, "\u{fffd}");
    }

    proptest! {
        #[test]
        fn pieces_join_to_what_decoding_at_once_gives(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let (pieces, rest) = streamed(&bytes);
            prop_assert_eq!(pieces.concat() + &rest, String::from_utf8_lossy(&bytes));
        }
    }
}
