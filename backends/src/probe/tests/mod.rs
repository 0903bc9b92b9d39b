//! Against servers on raw sockets that speak as the real ones were recorded.

#![cfg(feature = "net")] // without a client there is nothing to ask with

mod faults;
mod recorded;
mod shapes;

use serde_json::{Value, json};

use super::*;
use crate::raw_server::{Act, RawServer, json as reply_json, reply};

const PATIENCE: Duration = Duration::from_secs(5);

/// A server that has these pages and answers 404 elsewhere.
fn server(pages: Vec<(&'static str, Vec<Act>)>) -> RawServer {
    RawServer::start(move |request| {
        let page = pages.iter().find(|(path, _)| *path == request.path);
        page.map_or_else(
            || reply_json(404, &json!({"error": {"message": "not found"}})),
            |(_, acts)| acts.clone(),
        )
    })
}

fn page(path: &'static str, body: &Value) -> (&'static str, Vec<Act>) {
    (path, reply_json(200, body))
}

fn text(path: &'static str, headers: &str, body: &str) -> (&'static str, Vec<Act>) {
    (path, reply(200, headers, body.as_bytes()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn ask(runtime: Runtime, server: &RawServer) -> Probe {
    block_on(probe(
        runtime,
        &server.base_url(),
        Reach::Loopback,
        PATIENCE,
    ))
}

fn serving(runtime: Runtime, server: &RawServer) -> (Option<String>, Vec<ServedModel>) {
    match ask(runtime, server) {
        Probe::Serving { version, models } => (version, models),
        other => panic!("{other:?}"),
    }
}

fn unexpected(probe: Probe) -> (Option<Server>, String) {
    match probe {
        Probe::Unexpected { found, reason } => (found, reason),
        other => panic!("{other:?}"),
    }
}

fn ids(models: &[ServedModel]) -> Vec<&str> {
    models.iter().map(|model| model.id.as_str()).collect()
}
