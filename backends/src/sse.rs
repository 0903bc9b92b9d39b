//! Server-sent events out of bytes, cut anywhere, as the HTML standard defines them. Pure: knows no
//! connection and no clock.

mod lines;

use lines::Lines;

/// The longest line and the longest event, in bytes.
const EVENT_BYTES_MAX: usize = 8 << 20;

/// What a stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SseItem {
    /// An event with data.
    Event {
        /// Its type; `message` unless the stream names one.
        kind: String,
        /// Its data, lines joined by line feeds.
        data: String,
    },
    /// A comment, which servers send to show that they live.
    Comment,
}

/// An event that is longer than anything honest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {} bytes", EVENT_BYTES_MAX)]
pub struct EventTooLong;

/// Reads a stream of events.
#[derive(Debug, Default)]
pub struct SseReader {
    lines: Lines,
    kind: String,
    data: String,
    /// Whether a `data` field came, which may be empty.
    has_data: bool,
}

impl SseReader {
    /// Takes the next bytes and appends what they complete to `items`. An event that the stream does
    /// not complete is no event.
    ///
    /// # Errors
    /// [`EventTooLong`]; what comes after it cannot be read.
    pub fn push(&mut self, bytes: &[u8], items: &mut Vec<SseItem>) -> Result<(), EventTooLong> {
        let mut rest = bytes;
        while let Some((line, after)) = self.lines.next(rest, EVENT_BYTES_MAX)? {
            rest = after;
            self.take(&line, items)?;
        }
        Ok(())
    }

    fn take(&mut self, line: &str, items: &mut Vec<SseItem>) -> Result<(), EventTooLong> {
        if line.is_empty() {
            items.extend(self.dispatched());
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => items.push(SseItem::Comment),
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(value);
                if self.data.len() > EVENT_BYTES_MAX {
                    return Err(EventTooLong);
                }
            }
            _ => {} // `id`, `retry` and fields that nobody defined
        }
        Ok(())
    }

    fn dispatched(&mut self) -> Option<SseItem> {
        let (kind, data) = (
            std::mem::take(&mut self.kind),
            std::mem::take(&mut self.data),
        );
        std::mem::take(&mut self.has_data).then(|| SseItem::Event {
            kind: if kind.is_empty() {
                "message".to_owned()
            } else {
                kind
            },
            data,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
