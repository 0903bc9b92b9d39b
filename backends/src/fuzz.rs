//! What the fuzz targets of `backends/fuzz` run: one function a target, each takes anything and must
//! return. Not part of the crate's interface.

#[cfg(test)]
mod tests;

use crate::openai::replay;
use crate::sse::{SseItem, SseReader};

/// A target: its name and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 2] = [("sse", sse), ("openai_chunk", openai_chunk)];

/// Reads a stream whole, by byte, and in pieces whose size the first byte says: the events are the same.
///
/// # Panics
/// When they are not.
pub fn sse(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let whole = items(stream, stream.len().max(1));
    for size in [1, usize::from(*size).max(1)] {
        assert_eq!(items(stream, size), whole, "in pieces of {size}");
    }
}

/// `None` when an event is too long.
fn items(stream: &[u8], size: usize) -> Option<Vec<SseItem>> {
    let (mut reader, mut items) = (SseReader::default(), Vec::new());
    for piece in stream.chunks(size) {
        reader.push(piece, &mut items).ok()?;
    }
    Some(items)
}

/// Reads a stream as the answer of a server, each event a chunk.
pub fn openai_chunk(bytes: &[u8]) {
    let chunks = items(bytes, bytes.len().max(1)).unwrap_or_default();
    let data = chunks.into_iter().filter_map(|item| match item {
        SseItem::Event { data, .. } => Some(data),
        SseItem::Comment => None,
    });
    replay(data);
}
