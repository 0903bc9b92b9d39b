//! A hosted plane for tests: obeys the interface, and fails in the ways the interface knows.

#![allow(dead_code)] // no single test program uses all of it

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::raw_server::{self, Act, RawServer, Received, json as reply};

/// The token it accepts.
pub(crate) const TOKEN: &str = "ak_test_canary-8181";

/// The id of the run it starts.
pub(crate) const RUN: &str = "run-1";

/// Starts a plane whose run has one status after the other, the last one for ever.
pub(crate) fn plane(statuses: &'static [&'static str]) -> RawServer {
    plane_with(
        |_| created("queued"),
        move |look| reply(200, &run(statuses[look.min(statuses.len() - 1)])),
    )
}

/// Starts a plane that refuses every run.
pub(crate) fn refusing_plane(status: u16, code: &'static str, message: &'static str) -> RawServer {
    plane_with(
        move |_| refusal(status, code, message),
        |_| refusal(404, "not_found", "run not found"),
    )
}

/// Starts a plane that answers the request for a run with `start`, and look number N with `look(N)`.
pub(crate) fn plane_with(
    start: impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static,
    look: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static,
) -> RawServer {
    let looks = AtomicUsize::new(0);
    RawServer::start(move |request| {
        let bearer = format!("Bearer {TOKEN}");
        if request.header("authorization") != Some(bearer.as_str()) {
            return refusal(401, "unauthenticated", "no valid token");
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/v1/runs") if !is_order(request) => {
                refusal(422, "validation_error", "invalid request body")
            }
            ("POST", "/v1/runs") => start(request),
            ("GET", "/v1/runs/run-1") => look(looks.fetch_add(1, Ordering::SeqCst)),
            _ => refusal(404, "not_found", "no such route"),
        }
    })
}

/// Sends the user to `location`.
pub(crate) fn redirect(status: u16, location: &str) -> Vec<Act> {
    raw_server::reply(status, &format!("Location: {location}\r\n"), b"moved")
}

/// A page for people, where a program asked.
pub(crate) fn page(status: u16, html: &str) -> Vec<Act> {
    raw_server::reply(status, "Content-Type: text/html\r\n", html.as_bytes())
}

/// The reply to a request for a run that was taken.
pub(crate) fn created(status: &str) -> Vec<Act> {
    let run = json!({
        "id": RUN, "agentName": "reviewer", "agentVersion": "1.0.0", "status": status,
        "startedAt": "2026-11-21T08:00:00Z",
    });
    reply(200, &json!({ "run": run }))
}

/// The reply of an error.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Vec<Act> {
    reply(
        status,
        &json!({"error": {"code": code, "message": message}}),
    )
}

/// A run as a look shows it: with its answer and usage once it has ended.
pub(crate) fn run(status: &str) -> Value {
    let ended = status != "queued" && status != "running";
    let (events, usage) = match (ended, status) {
        (true, "completed") => (json!([completed()]), json!([used()])),
        (true, _) => (json!([failed()]), json!([used()])),
        (false, _) => (json!([]), json!([])),
    };
    json!({"run": {
        "id": RUN, "agentName": "reviewer", "agentVersion": "1.0.0", "parentRunId": null,
        "status": status, "startedAt": "2026-11-21T08:00:00Z", "endedAt": null, "durationMs": null,
        "totalUsd": 0.0123, "lastProvider": "acme", "lastModel": "acme-large",
        "events": events, "usage": usage,
    }})
}

fn completed() -> Value {
    json!({"id": "e1", "type": "run.completed", "at": "x", "payload": {"output": "looks good", "finishReason": "stop"}})
}

fn failed() -> Value {
    json!({"id": "e1", "type": "error", "at": "x", "payload": {"code": "x", "message": "the reviewer gave up"}})
}

fn used() -> Value {
    json!({"provider": "acme", "model": "acme-large", "tokensIn": 120, "tokensOut": 30, "usd": 0.0123, "at": "x"})
}

fn is_order(request: &Received) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return false;
    };
    body["agentName"]
        .as_str()
        .is_some_and(|name| !name.is_empty())
}
