use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// The longest line, in bytes: one message of the protocol.
pub(super) const LINE_BYTES_MAX: usize = 4 << 20;

/// A stream whose lines are bounded: a longer one ends it, where the protocol's own reader would drop
/// the line and let whoever waits for it wait.
#[derive(Debug)]
pub(super) struct Lines<R> {
    stream: R,
    since_newline: usize,
    too_long: Arc<AtomicBool>,
}

impl<R> Lines<R> {
    pub(super) fn new(stream: R, too_long: Arc<AtomicBool>) -> Self {
        Self {
            stream,
            since_newline: 0,
            too_long,
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Lines<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let lines = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut lines.stream).poll_read(context, buffer))?;
        for byte in &buffer.filled()[before..] {
            lines.since_newline = if *byte == b'\n' {
                0
            } else {
                lines.since_newline + 1
            };
            if lines.since_newline > LINE_BYTES_MAX {
                lines.too_long.store(true, Ordering::Relaxed);
                return Poll::Ready(Err(io::Error::other("a line is too long")));
            }
        }
        Poll::Ready(Ok(()))
    }
}
