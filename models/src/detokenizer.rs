//! Token ids to text while they arrive. Knows nothing of markup.

/// Turns ids into text, never emitting half a character.
#[derive(Debug)]
pub struct Detokenizer {}

impl Detokenizer {
    /// Takes the next id and returns the text that is now certain; may be empty.
    pub fn push(&mut self, id: u32) -> String {
        let _ = id;
        unimplemented!()
    }

    /// Returns what is left: bytes that never became a character, as U+FFFD.
    pub fn finish(&mut self) -> String {
        unimplemented!()
    }
}
