//! Lines out of bytes: ended by LF, CR or CRLF, the first without its byte order mark.

use super::EventTooLong;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Collects a line over many reads. Each byte is looked at once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    open: Vec<u8>,
    /// The last line ended in CR, so that a LF right after it belongs to that end.
    after_return: bool,
    started: bool,
}

impl Lines {
    /// Returns the next whole line, and what of `bytes` follows it; keeps the rest when no line ends
    /// in them. Bytes that are no UTF-8 become replacement characters.
    pub(super) fn next<'a>(
        &mut self,
        bytes: &'a [u8],
        bytes_max: usize,
    ) -> Result<Option<(String, &'a [u8])>, EventTooLong> {
        let mut bytes = bytes;
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
        let line = &bytes[..end.unwrap_or(bytes.len())];
        if self.open.len() + line.len() > bytes_max {
            return Err(EventTooLong);
        }
        self.open.extend_from_slice(line);
        let Some(end) = end else {
            return Ok(None);
        };
        self.after_return = bytes[end] == b'\r';
        let text = self.line();
        Ok(Some((text, &bytes[end + 1..])))
    }

    fn line(&mut self) -> String {
        let mut text = String::from_utf8_lossy(&self.open).into_owned();
        self.open.clear();
        if !std::mem::replace(&mut self.started, true) && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        text
    }
}
