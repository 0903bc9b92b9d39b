//! Reading an accepted answer: a stream of events, or one document from servers that do not stream.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Deadlines, Exchange};
use crate::net::{HttpReply, NetError};
use crate::openai::assembler::{Assembler, NoAnswer};
use crate::openai::worker::Job;
use crate::openai_wire::{Chunk, ToolNames};
use crate::sse::{SseItem, SseReader};
use crate::{BackendError, Event};

/// The longest answer in one document, in bytes.
const DOCUMENT_BYTES_MAX: usize = 8 << 20;
/// How long counts may lag behind the end of the answer.
const TAIL: Duration = Duration::from_secs(2);

impl Exchange {
    /// Reads the whole answer and hands its events on.
    pub(super) async fn read(
        &self,
        reply: HttpReply,
        job: &Job,
        names: &ToolNames,
        deadlines: Deadlines,
    ) -> Result<(), BackendError> {
        let kind = reply.header("content-type").unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        let mut assembler = Assembler::new(&job.request, job.accepted);
        if kind.starts_with("application/json") {
            let whole = timeout_at(deadlines.first_event, reply.whole(DOCUMENT_BYTES_MAX)).await;
            let whole =
                whole.map_err(|_| self.too_late("whole answer", self.timeouts.first_event))??;
            let text = String::from_utf8_lossy(&whole.body);
            self.take(&text, &mut assembler, job).await?;
            if assembler.is_empty() {
                return Err(self.bad_reply("a document without an answer"));
            }
        } else if kind.starts_with("text/html") {
            return Err(self.bad_reply("a page for people"));
        } else {
            self.stream(reply, &mut assembler, job, deadlines).await?;
        }
        let events = assembler.end(&job.request.messages, names);
        let events = events.map_err(|error| self.no_answer(&error))?;
        self.send(events, job).await;
        Ok(())
    }

    async fn stream(
        &self,
        mut reply: HttpReply,
        assembler: &mut Assembler,
        job: &Job,
        deadlines: Deadlines,
    ) -> Result<(), BackendError> {
        let mut reader = SseReader::default();
        let (mut bytes, mut items) = (Vec::new(), Vec::new());
        let mut wait = Wait::first(self, deadlines);
        loop {
            bytes.clear();
            let more = match timeout_at(wait.until, reply.read(&mut bytes)).await {
                // The answer is whole; whatever else was to come is not needed.
                Ok(Err(_)) | Err(_) if assembler.is_finished() => return Ok(()),
                Ok(Ok(more)) => more,
                Ok(Err(error)) => return Err(self.cut(error)),
                Err(_) => return Err(self.too_late(wait.what, wait.limit)),
            };
            if !more {
                return if assembler.is_finished() {
                    Ok(())
                } else {
                    Err(self.truncated("the stream ends without its end"))
                };
            }
            let read = reader.push(&bytes, &mut items);
            let came = !items.is_empty();
            for item in items.drain(..) {
                if self.item(item, assembler, job).await?.is_break() {
                    return Ok(());
                }
            }
            read.map_err(|error| self.bad_reply(error.to_string()))?;
            if came {
                // Only whole events count as progress: a drip is none.
                wait = Wait::next(self, deadlines, assembler.is_finished());
            }
        }
    }

    async fn item(
        &self,
        item: SseItem,
        assembler: &mut Assembler,
        job: &Job,
    ) -> Result<ControlFlow<()>, BackendError> {
        let SseItem::Event { kind, data } = item else {
            return Ok(ControlFlow::Continue(()));
        };
        let data = data.trim();
        if data == "[DONE]" {
            return Ok(ControlFlow::Break(()));
        }
        if kind == "error" {
            let message = crate::openai_wire::failure_message(data.as_bytes());
            return Err(self.bad_reply(self.without_key(message)));
        }
        if !data.is_empty() {
            self.take(data, assembler, job).await?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads one chunk and hands its events on.
    async fn take(
        &self,
        text: &str,
        assembler: &mut Assembler,
        job: &Job,
    ) -> Result<(), BackendError> {
        let chunk = Chunk::parse(text).map_err(|reason| self.bad_reply(reason))?;
        if let Some(message) = &chunk.failure {
            return Err(self.bad_reply(self.without_key(message.clone())));
        }
        let events = assembler.take(chunk);
        let events = events.map_err(|error| self.no_answer(&error))?;
        self.send(events, job).await;
        Ok(())
    }

    async fn send(&self, events: Vec<Event>, job: &Job) {
        for event in events {
            // When the reader is gone, `answer` ends this task.
            let _ = job.events.send(Ok(event)).await;
        }
    }

    fn cut(&self, error: NetError) -> BackendError {
        match error {
            NetError::Broken { reason, .. } => self.truncated(&reason),
            other => other.into(),
        }
    }

    fn truncated(&self, reason: &str) -> BackendError {
        BackendError::Truncated {
            address: self.address(),
            reason: reason.to_owned(),
        }
    }

    fn no_answer(&self, error: &NoAnswer) -> BackendError {
        self.bad_reply(error.to_string())
    }
}

/// What is waited for, and until when.
struct Wait {
    what: &'static str,
    until: Instant,
    limit: Duration,
}

impl Wait {
    fn first(exchange: &Exchange, deadlines: Deadlines) -> Self {
        Self {
            what: "first event",
            until: deadlines.first_event,
            limit: exchange.timeouts.first_event,
        }
    }

    fn next(exchange: &Exchange, deadlines: Deadlines, finished: bool) -> Self {
        let limit = exchange.timeouts.next_event;
        let limit = if finished { limit.min(TAIL) } else { limit };
        let until = Instant::now() + limit;
        if until < deadlines.whole {
            return Self {
                what: "next event",
                until,
                limit,
            };
        }
        Self {
            what: "end of the answer",
            until: deadlines.whole,
            limit: exchange.timeouts.whole,
        }
    }
}
