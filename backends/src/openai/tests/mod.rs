//! Against servers on raw sockets, polite and hostile. Times are milliseconds here.

#![cfg(feature = "net")] // without a client there is nothing to ask with

mod answers;
mod faults;
mod requests;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::net::{Endpoint, Reach};
use crate::raw_server::{Act, RawServer};
use crate::runtimes::Runtime;
use crate::{Event, Finish, Message, ToolSpec};

/// Far more than any test needs, so that a limit that is not met fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(10);

fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_millis(500),
        first_event: Duration::from_secs(2),
        next_event: Duration::from_secs(2),
        whole: Duration::from_secs(8),
        retry_pause: Duration::from_millis(1),
    }
}

fn options(url: &str) -> OpenAiOptions {
    let endpoint = Endpoint::new(url, Reach::Loopback).unwrap();
    OpenAiOptions {
        timeouts: timeouts(),
        ..OpenAiOptions::new(endpoint, "m")
    }
}

fn asking(url: &str) -> OpenAi {
    OpenAi::new(options(url)).unwrap()
}

fn hello() -> Request {
    Request::new(vec![Message::user("hello")])
}

fn with_tools() -> Request {
    Request {
        tools: vec![ToolSpec {
            name: "fs.read".to_owned(),
            description: "reads".to_owned(),
            parameters: json!({"type": "object"}),
        }],
        ..hello()
    }
}

/// All events of an answer, and the error that ended it.
fn collect(backend: &OpenAi, request: Request) -> (Vec<Event>, Option<BackendError>) {
    let started = Instant::now();
    let mut generation = backend.generate(request).unwrap();
    let mut events = Vec::new();
    while let Some(event) = generation.blocking_next() {
        assert!(started.elapsed() < PATIENCE, "it hangs after {events:?}");
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

/// What a server that does `acts` makes of an answer.
fn answer(acts: Vec<Act>, request: Request) -> (Vec<Event>, Option<BackendError>) {
    let server = RawServer::always(acts);
    collect(&asking(&server.base_url()), request)
}

/// Text, reasoning and calls of a whole answer, in short, and why it ended.
fn tidy(acts: Vec<Act>, request: Request) -> (String, String, Vec<Event>, Finish) {
    let (events, error) = answer(acts, request);
    assert!(error.is_none(), "{error:?} after {events:?}");
    let (mut text, mut reasoning, mut calls, mut end) =
        (String::new(), String::new(), vec![], None);
    for event in events {
        assert!(end.is_none(), "{event:?} after the end");
        match event {
            Event::Text(more) => text.push_str(&more),
            Event::Reasoning(more) => reasoning.push_str(&more),
            Event::Done { finish, .. } => end = Some(finish),
            other => calls.push(other),
        }
    }
    (text, reasoning, calls, end.unwrap())
}

fn delta(delta: &Value) -> Value {
    json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn text(text: &str) -> Value {
    delta(&json!({"content": text}))
}

fn end(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn counts() -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}})
}
