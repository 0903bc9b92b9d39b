//! A reply as the messages in it.

use std::collections::VecDeque;
use std::time::Duration;

use aldo_backends::{HttpReply, SseItem, SseReader};
use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use rmcp::transport::streamable_http_client::SseError;
use serde::de::IgnoredAny;
use sse_stream::Sse;
use tokio::time::{Instant, timeout_at};

use super::super::trouble::{LastTrouble, Trouble};

/// How long a server may say nothing in the middle of an answer.
const IDLE_MAX: Duration = Duration::from_mins(2);
/// What stands for no limit.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// The events of a reply.
pub(super) type Events = BoxStream<'static, Result<Sse, SseError>>;

struct Reading {
    reply: HttpReply,
    reader: SseReader,
    ready: VecDeque<Sse>,
    idle_max: Duration,
    trouble: LastTrouble,
    /// Whether anything came that can be a message.
    has_message: bool,
    is_over: bool,
}

/// Reads the answer to a message.
pub(super) fn answer(reply: HttpReply, trouble: LastTrouble) -> Events {
    events(reply, IDLE_MAX, trouble)
}

/// Reads what a server says unasked, which may be nothing for hours.
pub(super) fn unasked(reply: HttpReply) -> Events {
    events(reply, FOR_EVER, LastTrouble::default())
}

fn events(reply: HttpReply, idle_max: Duration, trouble: LastTrouble) -> Events {
    let reading = Reading {
        reply,
        reader: SseReader::default(),
        ready: VecDeque::new(),
        idle_max,
        trouble,
        has_message: false,
        is_over: false,
    };
    let next = |mut reading: Reading| async move { Some((reading.next().await?, reading)) };
    unfold(reading, next).boxed()
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Sse, SseError>> {
        let mut deadline = Instant::now() + self.idle_max;
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.is_over {
                return None;
            }
            let mut bytes = Vec::new();
            match timeout_at(deadline, self.reply.read(&mut bytes)).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return None,
                Ok(Err(error)) => return Some(self.broken(error.to_string())),
                Err(_) => {
                    let seconds = self.idle_max.as_secs();
                    return Some(self.broken(format!("it said nothing for {seconds} s")));
                }
            }
            let mut items = Vec::new();
            if let Err(error) = self.reader.push(&bytes, &mut items) {
                return Some(self.broken(format!("its answer cannot be read: {error}")));
            }
            // A byte now and then is no sign of life, a comment is.
            if !items.is_empty() {
                deadline = Instant::now() + self.idle_max;
            }
            for item in items {
                self.take(item);
            }
        }
    }

    /// A stream that breaks off is never gone on with: whether a tool has done something is not known.
    fn take(&mut self, item: SseItem) {
        let SseItem::Event { kind, data } = item else {
            return;
        };
        if kind != "message" {
            return;
        }
        if serde_json::from_str::<IgnoredAny>(&data).is_ok() {
            self.has_message = true;
        } else if !self.has_message {
            let reason = "its answer is no message of the protocol: it is not JSON";
            self.trouble.note(reason.to_owned());
        }
        self.ready.push_back(Sse {
            data: Some(data),
            ..Sse::default()
        });
    }

    fn broken(&mut self, reason: String) -> Result<Sse, SseError> {
        self.is_over = true;
        self.trouble.note(reason.clone());
        Err(SseError::Body(Box::new(Trouble(reason))))
    }
}
