//! What aldo adds to a raw HTTP request: to the first token, and to the whole answer. The same request goes over a
//! plain socket and through aldo's backend, in turns, to a server of ours that writes at a steady pace, and to a real
//! llama-server with the built-in model where `ALDO_PEERS` names one. No criterion bench: the two are compared in pairs.
//!
//! usage: cargo bench --bench http [-- RUNS]

#[path = "../tests/support/peer.rs"]
mod peer;
#[path = "../tests/support/raw_server.rs"]
mod raw_server;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aldo_backends::{
    Backend, Endpoint, Event, Message, OpenAi, OpenAiOptions, Reach, Request, Runtime,
};
use peer::Peer;
use raw_server::{Act, RawServer, event, sse_head};
use serde_json::json;

/// Tokens of an answer.
const TOKENS: usize = 100;
/// The pace of our own server: 100 tokens a second.
const PACE: Duration = Duration::from_millis(10);
const QUESTION: &str = "Repeat exactly: the red lamp stands by the old door, the blue cup is on the long table, the \
    green book lies under the chair, and the white key hangs near the window of the small house";

/// Milliseconds to the first token and to the end.
type Times = (f64, f64);

fn main() {
    let runs = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(10_usize);
    let paced = RawServer::start(|_| {
        let mut acts = vec![sse_head()];
        for token in 1..=TOKENS {
            acts.push(Act::Until(PACE * token as u32));
            acts.push(event(
                json!({"choices": [{"delta": {"content": "word "}, "finish_reason": null}]}),
            ));
        }
        acts.push(event(
            json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
        ));
        acts.push(event("[DONE]"));
        acts
    });
    compare("a server of 100 tokens/s", &paced.base_url(), runs);

    let program = std::env::var_os("ALDO_PEERS")
        .map(|folder| PathBuf::from(folder).join("llama/bin/llama-server"))
        .filter(|program| program.exists());
    let Some(program) = program else {
        say("llama-server: not measured, ALDO_PEERS names no folder with it");
        return;
    };
    let model = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/nano/aldo-nano.gguf");
    let server = Peer::llama_server(&program, &model);
    compare("llama-server with aldo-nano", &server.base_url(), runs);
}

/// Measures in pairs, so that whatever else the machine does hits both.
fn compare(what: &str, base_url: &str, runs: usize) {
    let endpoint = Endpoint::new(base_url, Reach::Loopback).expect("the server is on loopback");
    let options = OpenAiOptions::new(endpoint, "m").for_runtime(Runtime::LlamaCpp);
    let backend = OpenAi::new(options).expect("the build has the network");
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let pair = (raw_request(base_url), through_aldo(&backend));
        // The first pair fills caches.
        if run > 0 {
            raw.push(pair.0);
            ours.push(pair.1);
        }
    }
    let added = |time: fn(&Times) -> f64| {
        let pairs = raw.iter().zip(&ours);
        median(pairs.map(|(raw, ours)| time(ours) - time(raw)).collect())
    };
    let whole = median(raw.iter().map(|times| times.1).collect());
    say(&format!(
        "{what}: raw request {:.2} ms to the first token, {whole:.2} ms in all; aldo adds {:.2} ms and {:.2} ms \
         ({:.2} % of the whole), median of {runs} pairs",
        median(raw.iter().map(|times| times.0).collect()),
        added(|times| times.0),
        added(|times| times.1),
        added(|times| times.1) / whole * 100.0,
    ));
}

fn through_aldo(backend: &OpenAi) -> Times {
    let mut request = Request::new(vec![Message::user(QUESTION)]);
    request.tokens_max = TOKENS;
    let started = Instant::now();
    let mut generation = backend.generate(request).expect("the request is accepted");
    let mut first = None;
    while let Some(event) = generation.blocking_next() {
        match event.expect("the server answers") {
            Event::Text(_) => _ = first.get_or_insert_with(|| ms_since(started)),
            Event::Done { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    (first.expect("there is a token"), ms_since(started))
}

/// The least that any client does: writes the request, and looks for the first text and for the end.
#[allow(clippy::disallowed_methods)] // the raw request that aldo's client is compared with
fn raw_request(base_url: &str) -> Times {
    let address = &base_url["http://".len()..];
    let body = json!({"model": "m", "messages": [{"role": "user", "content": QUESTION}], "stream": true,
        "stream_options": {"include_usage": true}, "max_tokens": TOKENS, "temperature": 0.0, "seed": 0})
    .to_string();
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("a socket has options");
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    let (mut reply, mut first) = (Vec::new(), None);
    let mut piece = [0; 16 << 10];
    loop {
        let read = stream.read(&mut piece).expect("the server writes");
        reply.extend_from_slice(&piece[..read]);
        if first.is_none() && contains(&reply, b"\"content\":\"") {
            first = Some(ms_since(started));
        }
        if read == 0 || contains(&reply[reply.len().saturating_sub(64)..], b"[DONE]") {
            return (first.expect("there is a token"), ms_since(started));
        }
    }
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}
