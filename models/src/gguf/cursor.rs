//! Reads a header front to back and never past its end.

use std::path::Path;

use crate::error::ModelError;

/// The longest header that is read; the largest vocabularies need a sixth of it.
const HEADER_BYTES_MAX: usize = 128 << 20;

/// A position in a header.
pub(super) struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte of the file.
    pub(super) fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes, at: 0 }
    }

    /// The position in bytes from the start of the file.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The file, for errors.
    pub(super) fn path(&self) -> &'a Path {
        self.path
    }

    /// An error about `field`, which names the byte the cursor is at.
    pub(super) fn malformed(&self, field: &str, reason: &str) -> ModelError {
        ModelError::malformed(
            self.path,
            field,
            format!("{reason} (before byte {})", self.at),
        )
    }

    /// The next `len` bytes, which belong to `what`.
    ///
    /// # Errors
    /// [`ModelError::Truncated`] past the end, [`ModelError::Malformed`] past the header's limit.
    pub(super) fn take(&mut self, what: &str, len: u64) -> Result<&'a [u8], ModelError> {
        let needed = (self.at as u64).saturating_add(len);
        if needed > self.bytes.len() as u64 {
            let at = self.bytes.len() as u64;
            return Err(ModelError::Truncated {
                path: self.path.to_owned(),
                at,
                what: what.to_owned(),
                needed,
            });
        }
        if needed > HEADER_BYTES_MAX as u64 {
            return Err(self.malformed(what, "the header is longer than 128 MiB"));
        }
        let start = self.at;
        self.at = needed as usize;
        Ok(&self.bytes[start..self.at])
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], ModelError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(what, N as u64)?);
        Ok(array)
    }

    /// The next 32-bit number.
    pub(super) fn u32(&mut self, what: &str) -> Result<u32, ModelError> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// The next 64-bit number.
    pub(super) fn u64(&mut self, what: &str) -> Result<u64, ModelError> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// Goes on at byte `at`.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    /// The next text of at most `bytes_max` bytes.
    pub(super) fn text(&mut self, what: &str, bytes_max: u64) -> Result<&'a str, ModelError> {
        let bytes = self.text_bytes(what, bytes_max)?;
        std::str::from_utf8(bytes).map_err(|_| self.malformed(what, "text is not UTF-8"))
    }

    /// The bytes of the next text, which may not be UTF-8.
    pub(super) fn text_bytes(
        &mut self,
        what: &str,
        bytes_max: u64,
    ) -> Result<&'a [u8], ModelError> {
        let len = self.u64(what)?;
        if len > bytes_max {
            return Err(self.malformed(
                what,
                &format!("text of {len} bytes, {bytes_max} are allowed"),
            ));
        }
        self.take(what, len)
    }
}
