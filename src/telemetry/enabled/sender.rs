//! The thread that posts spans. Whoever has a span never waits for it: what does not fit into the
//! queue, or finds the collector dead, is counted and dropped.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use aldo_backends::{Authorization, Endpoint, HttpClient, HttpRequest, NetError};
use tokio::runtime::{Builder, Runtime};

use super::otlp_wire;
use super::span::Span;

/// The most spans that wait.
const QUEUE_MAX: usize = 512;

/// The most spans of one request.
const BATCH_MAX: usize = 128;

/// How long a batch waits for more.
const GATHER: Duration = Duration::from_secs(1);

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_millis(500);

/// How long a request may take as a whole.
const POST_MAX: Duration = Duration::from_secs(2);

/// How long nothing is tried once the collector has failed.
const PAUSE: Duration = Duration::from_secs(30);

/// How long the end of the program waits for what is left.
pub(super) const FINISH_MAX: Duration = Duration::from_secs(3);

/// The longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 64 << 10;

/// Sends spans to one collector.
#[derive(Debug)]
pub(super) struct Sender {
    endpoint: Endpoint,
    line: Mutex<Line>,
    lost: Arc<Mutex<Lost>>,
}

/// The way to the thread.
#[derive(Debug)]
enum Line {
    /// There is none yet: no thread runs before there is something to send, since one that is started
    /// before the kernel closes a run may do more than one that is started after.
    Unopened,
    /// Its queue, and what ends when it does.
    Open(SyncSender<Span>, Receiver<()>),
    /// There is none any more.
    Ended,
}

/// What was not sent.
#[derive(Debug, Default)]
struct Lost {
    spans: u64,
    reason: Option<String>,
}

impl Sender {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            line: Mutex::new(Line::Unopened),
            lost: Arc::default(),
        }
    }

    /// Sends `span` as soon as may be.
    pub(super) fn send(&self, span: Span) {
        let mut line = lock(&self.line);
        if matches!(*line, Line::Unopened) {
            *line = self.open();
        }
        let refused = match &*line {
            Line::Open(queue, _) => match queue.try_send(span) {
                Ok(()) => return,
                Err(TrySendError::Full(_)) => "too many came at once",
                Err(TrySendError::Disconnected(_)) => "their thread has ended",
            },
            Line::Unopened | Line::Ended => "their thread has ended",
        };
        lock(&self.lost).count(1, || refused.to_owned());
    }

    /// Waits until all is sent, for at most `limit`; returns a sentence about what was not.
    pub(super) fn finish(&self, limit: Duration) -> Option<String> {
        let line = std::mem::replace(&mut *lock(&self.line), Line::Ended);
        if let Line::Open(queue, ended) = line {
            // The thread sends what is queued and ends.
            drop(queue);
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                lock(&self.lost).count(1, || "the collector takes too long".to_owned());
            }
        }
        let lost = lock(&self.lost);
        let reason = lost.reason.as_ref()?;
        Some(format!(
            "{} spans or more were not sent to `{}`: {reason}",
            lost.spans, self.endpoint
        ))
    }

    fn open(&self) -> Line {
        let (queue, waiting) = sync_channel(QUEUE_MAX);
        let (alive, ended) = sync_channel::<()>(0);
        let (endpoint, lost) = (self.endpoint.clone(), Arc::clone(&self.lost));
        let thread = thread::Builder::new().name("telemetry".to_owned());
        let started = thread.spawn(move || {
            let _alive = alive;
            match Post::new(endpoint) {
                Ok(mut post) => post.all(&waiting, &lost),
                Err(reason) => lock(&lost).count(1, || reason),
            }
        });
        match started {
            Ok(_) => Line::Open(queue, ended),
            Err(_) => Line::Ended,
        }
    }
}

impl Lost {
    fn count(&mut self, spans: u64, reason: impl FnOnce() -> String) {
        self.spans += spans;
        self.reason.get_or_insert_with(reason);
    }
}

/// The thread's side.
struct Post {
    client: HttpClient,
    runtime: Runtime,
    /// Until when nothing is tried.
    paused: Option<Instant>,
}

impl Post {
    fn new(endpoint: Endpoint) -> Result<Self, String> {
        let client = HttpClient::new(endpoint, &Authorization::default(), CONNECT_MAX);
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build();
        Ok(Self {
            client: client.map_err(|error| error.to_string())?,
            runtime: runtime.map_err(|error| error.to_string())?,
            paused: None,
        })
    }

    fn all(&mut self, waiting: &Receiver<Span>, lost: &Mutex<Lost>) {
        while let Some(batch) = next_batch(waiting) {
            let count = batch.len() as u64;
            if self.paused.is_some_and(|until| Instant::now() < until) {
                lock(lost).count(count, || "the collector has failed".to_owned());
                continue;
            }
            self.paused = None;
            match self.runtime.block_on(self.post(&batch)) {
                Ok(0) => {}
                Ok(rejected) => lock(lost).count(rejected, || "the collector took less".to_owned()),
                Err(reason) => {
                    lock(lost).count(count, || reason);
                    self.paused = Some(Instant::now() + PAUSE);
                }
            }
        }
    }

    /// Posts a batch; returns how many of it the collector did not take.
    async fn post(&self, batch: &[Span]) -> Result<u64, String> {
        let body = otlp_wire::request(batch).to_string().into_bytes();
        let request = HttpRequest::post(otlp_wire::PATH, body);
        let reply = self.client.whole(request, REPLY_BYTES_MAX, POST_MAX).await;
        let reply = reply.map_err(|error: NetError| error.to_string())?;
        match reply.status {
            200..=299 => Ok(otlp_wire::rejected(&reply.body)),
            status => Err(format!("it answers with status {status}")),
        }
    }
}

/// Waits for a span and gathers what comes soon after it; `None` at the end.
fn next_batch(waiting: &Receiver<Span>) -> Option<Vec<Span>> {
    let mut batch = vec![waiting.recv().ok()?];
    let until = Instant::now() + GATHER;
    while batch.len() < BATCH_MAX {
        let left = until.saturating_duration_since(Instant::now());
        match waiting.recv_timeout(left) {
            Ok(span) => batch.push(span),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    Some(batch)
}

/// What a thread that panicked left behind is as good as before: counts and a queue.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aldo_backends::Reach;
    use jiff::Timestamp;
    use serde_json::json;

    use super::super::attributes::Attributes;
    use super::super::span::{Kind, SpanId};
    use super::*;
    use crate::raw_server::{Act, RawServer, json as reply, nobody};

    /// A test machine may be busy with other things.
    const PATIENCE: Duration = Duration::from_mins(1);

    fn span() -> Span {
        Span {
            trace: 1,
            id: SpanId::random(),
            parent: None,
            name: "chat m".to_owned(),
            kind: Kind::Client,
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::UNIX_EPOCH,
            attributes: Attributes::of("chat"),
            error: None,
        }
    }

    fn sender(url: &str) -> Sender {
        Sender::new(Endpoint::new(url, Reach::Loopback).unwrap())
    }

    fn names(server: &RawServer) -> usize {
        let requests = server.received();
        let spans = requests.iter().map(|request| {
            let body = request.json();
            body["resourceSpans"][0]["scopeSpans"][0]["spans"]
                .as_array()
                .unwrap()
                .len()
        });
        spans.sum()
    }

    #[test]
    fn all_spans_arrive_in_few_requests() {
        let collector = RawServer::always(reply(200, &json!({})));
        let sender = sender(&collector.base_url());
        for _ in 0..300 {
            sender.send(span());
        }
        assert_eq!(sender.finish(PATIENCE), None);
        assert_eq!(names(&collector), 300);
        assert!(collector.received().len() < 30, "not one by one");
    }

    #[test]
    fn a_sender_without_spans_starts_nothing() {
        let collector = RawServer::always(reply(200, &json!({})));
        assert_eq!(sender(&collector.base_url()).finish(PATIENCE), None);
        assert_eq!(collector.connections(), 0);
    }

    #[test]
    fn a_dead_collector_is_asked_once_and_told_of_once() {
        let url = nobody();
        let sender = sender(&url);
        let begun = Instant::now();
        for _ in 0..QUEUE_MAX * 3 {
            sender.send(span());
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits");
        let said = sender.finish(FINISH_MAX).unwrap();
        assert!(
            said.contains("spans or more were not sent") && said.contains(&url),
            "{said}"
        );
    }

    #[test]
    fn a_silent_collector_is_not_waited_for() {
        let collector = RawServer::always(vec![Act::Hold]);
        let sender = sender(&collector.base_url());
        for _ in 0..=BATCH_MAX {
            sender.send(span());
        }
        let begun = Instant::now();
        assert!(sender.finish(FINISH_MAX).is_some());
        assert!(begun.elapsed() < FINISH_MAX * 5);
        assert_eq!(collector.connections(), 1, "it is not asked again");
    }

    #[test]
    fn what_a_collector_does_not_take_is_said() {
        let refusal = json!({"partialSuccess": {"rejectedSpans": "1", "errorMessage": "no"}});
        for (answer, said) in [
            (reply(200, &refusal), "1 spans or more were not sent"),
            (reply(401, &json!({})), "it answers with status 401"),
            (reply(307, &json!({})), "it answers with status 307"),
            (vec![Act::Reset], "broke"),
            (
                vec![
                    Act::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
                    Act::Repeat(vec![b'x'; 4096], 64),
                ],
                "longer than",
            ),
        ] {
            let collector = RawServer::always(answer);
            let sender = sender(&collector.base_url());
            sender.send(span());
            let found = sender.finish(PATIENCE).unwrap();
            assert!(found.contains(said), "{found}");
        }
    }
}
