//! A server on raw sockets that can do what no polite HTTP library does: be silent, drip, reset, lie about
//! lengths, never end. Each connection carries one request; what happens then is a list of [`Act`]s.
//!
//! Shared by the tests of several crates through `#[path]`, so it needs the standard library and `serde_json` only.

#![allow(dead_code)] // no single test program uses all of it
#![allow(clippy::disallowed_methods)] // it listens on loopback, for tests
#![allow(clippy::unwrap_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often a held connection is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One thing that the server does with a connection. After the last one it closes.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends all of it.
    Send(Vec<u8>),
    /// Sends it byte by byte, with a pause after each.
    Drip(Vec<u8>, Duration),
    /// Sends it so many times, or until the client goes.
    Repeat(Vec<u8>, usize),
    /// Does nothing for a while.
    Wait(Duration),
    /// Does nothing until so long after the request came.
    Until(Duration),
    /// Does nothing until the client goes.
    Hold,
    /// Resets the connection.
    Reset,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Where it came from.
    pub(crate) source: SocketAddr,
}

/// A listening server; dropping it closes its port.
pub(crate) struct RawServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Answer = dyn Fn(&Received) -> Vec<Act> + Send + Sync;

struct Shared {
    answer: Box<Answer>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    clients_gone: AtomicUsize,
    stopped: AtomicBool,
}

impl RawServer {
    /// Starts a server on a free port of 127.0.0.1 that does what `answer` says.
    pub(crate) fn start(answer: impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            received: Mutex::default(),
            connections: AtomicUsize::new(0),
            clients_gone: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let server = Self {
            address,
            shared: Arc::clone(&shared),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else {
                    continue;
                };
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        server
    }

    /// Starts a server that answers every request alike.
    pub(crate) fn always(acts: Vec<Act>) -> Self {
        Self::start(move |_| acts.clone())
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// How many connections were accepted, with a request or without.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How often a client went away before the server was done.
    pub(crate) fn clients_gone(&self) -> usize {
        self.shared.clients_gone.load(Ordering::SeqCst)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts; it then lets the port go.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let Some(received) = read_request(&mut stream) else {
            return;
        };
        let came = Instant::now();
        let acts = (self.answer)(&received);
        self.received.lock().unwrap().push(received);
        if !acts.iter().any(|act| matches!(act, Act::Reset)) {
            // The last byte was only looked at, see `read_request`.
            let _ = stream.read(&mut [0]);
        }
        for act in acts {
            let act = match act {
                Act::Until(time) => Act::Wait(time.saturating_sub(came.elapsed())),
                other => other,
            };
            if self.perform(act, &mut stream).is_err() {
                self.clients_gone.fetch_add(1, Ordering::SeqCst);
                return;
            }
        }
        let _ = stream.flush();
    }

    fn perform(&self, act: Act, stream: &mut TcpStream) -> std::io::Result<()> {
        match act {
            Act::Send(bytes) => stream.write_all(&bytes),
            Act::Drip(bytes, pause) => bytes.iter().try_for_each(|byte| {
                stream.write_all(&[*byte])?;
                std::thread::sleep(pause);
                self.still_there(stream)
            }),
            Act::Repeat(bytes, times) => (0..times).try_for_each(|_| stream.write_all(&bytes)),
            Act::Wait(pause) | Act::Until(pause) => {
                std::thread::sleep(pause);
                Ok(())
            }
            Act::Hold => loop {
                self.still_there(stream)?;
                std::thread::sleep(LOOK_EVERY);
            },
            // Closing with a byte unread makes the kernel send a reset.
            Act::Reset => Ok(()),
        }
    }

    fn still_there(&self, stream: &TcpStream) -> std::io::Result<()> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        stream.set_nonblocking(true)?;
        let seen = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        match seen {
            Ok(0) => Err(ErrorKind::ConnectionAborted.into()),
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Reads a request, but leaves its last byte in the socket.
fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    if length > 0 {
        stream.read_exact(&mut [0]).ok()?; // the line feed that ends the head
        stream.read_exact(&mut body[..length - 1]).ok()?;
        stream.peek(&mut body[length - 1..]).ok()?;
    }
    let source = stream.peer_addr().ok()?;
    Some(Received {
        method,
        path,
        headers,
        body,
        source,
    })
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A whole reply with `Content-Length`. `headers` are lines that end in CRLF.
pub(crate) fn reply(status: u16, headers: &str, body: &[u8]) -> Vec<Act> {
    let mut bytes = format!(
        "HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    vec![Act::Send(bytes)]
}

/// A whole JSON reply.
pub(crate) fn json(status: u16, body: &Value) -> Vec<Act> {
    let body = body.to_string();
    reply(
        status,
        "Content-Type: application/json\r\n",
        body.as_bytes(),
    )
}

/// The head of a stream of events that ends when the connection does.
pub(crate) fn sse_head() -> Act {
    Act::Send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".to_vec(),
    )
}

/// One event.
pub(crate) fn event(data: impl std::fmt::Display) -> Act {
    Act::Send(format!("data: {data}\n\n").into_bytes())
}

/// A whole stream of events, with `[DONE]` at its end.
pub(crate) fn sse(events: &[Value]) -> Vec<Act> {
    let mut acts = vec![sse_head()];
    acts.extend(events.iter().map(event));
    acts.push(event("[DONE]"));
    acts
}

/// A URL of this machine where nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
