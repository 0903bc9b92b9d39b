//! A text that a template may write no longer than it should be.

use std::io::{Error, Write};

use crate::error::ModelError;

/// What was written so far; writing past the limit is an error, and nothing more is kept.
#[derive(Debug)]
pub(super) struct Bounded {
    bytes: Vec<u8>,
    bytes_max: usize,
    /// Whether more than fits was written.
    pub(super) is_full: bool,
}

impl Bounded {
    /// An empty text of at most `bytes_max`.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            bytes_max,
            is_full: false,
        }
    }

    /// The text.
    ///
    /// # Errors
    /// [`ModelError::Template`] when the engine wrote what is no text.
    pub(super) fn into_text(self) -> Result<String, ModelError> {
        String::from_utf8(self.bytes).map_err(|error| super::reason(error.to_string()))
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.len() > self.bytes_max - self.bytes.len() {
            self.is_full = true;
            return Err(Error::other("the text is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_an_error_and_not_kept() {
        let mut text = Bounded::new(3);
        assert!(text.write_all(b"ab").is_ok() && !text.is_full);
        assert!(text.write_all(b"cd").is_err() && text.is_full);
        assert!(text.into_text().is_ok_and(|text| text == "ab"));
    }
}
