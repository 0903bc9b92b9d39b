use serde_json::json;

use super::*;
use crate::raw_server::{self, RawServer};

/// A server that lists one model.
fn server(id: &'static str) -> RawServer {
    RawServer::start(move |request| match request.path.as_str() {
        "/v1/models" => {
            let row = json!({"id": id, "object": "model", "owned_by": "llamacpp"});
            raw_server::json(200, &json!({"object": "list", "data": [row]}))
        }
        _ => raw_server::json(404, &json!({})),
    })
}

#[test]
fn each_server_is_found_once_and_closed_or_foreign_ports_are_passed_over() {
    let servers = [server("one"), server("two")];
    let foreign = RawServer::always(raw_server::reply(200, "", b"<html>"));
    let closed: u16 = 9;
    let ports = [
        servers[0].address(),
        servers[1].address(),
        foreign.address(),
    ];
    let mut ports: Vec<_> = ports.map(|address| address.port()).into();
    ports.push(closed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut told = Vec::new();
    let seen = runtime.block_on(look(ports, Duration::from_secs(5), &mut |done, total| {
        told.push((done, total));
    }));
    assert_eq!(told, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    let mut ids: Vec<_> = seen.iter().map(|seen| seen.models[0].id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["one", "two"]);
    let mut found = Discovered::default();
    found.add_seen(&seen);
    assert_eq!(found.registry.candidates.len(), 2);
    assert!(
        found
            .registry
            .find("one")
            .is_some_and(|row| row.provider == "llamacpp")
    );
}

#[test]
fn the_known_ports_hold_those_of_the_runtimes_and_none_twice() {
    let known: Vec<_> = Breadth::Known.ports().collect();
    for port in [
        11434, 1234, 8000, 8080, 9931, 8081, 12434, 13305, 17434, 11435,
    ] {
        assert!(known.contains(&port), "{port}");
    }
    let distinct: std::collections::BTreeSet<_> = known.iter().collect();
    assert_eq!(distinct.len(), known.len());
    assert_eq!(Breadth::Exhaustive.ports().count(), 64_512);
    assert_eq!(Breadth::Exhaustive.ports().next(), Some(1024));
}
