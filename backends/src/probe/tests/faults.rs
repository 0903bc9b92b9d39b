use std::time::Instant;

use super::*;
use crate::raw_server::nobody;

fn reason(probe: Probe) -> String {
    match probe {
        Probe::NotRunning { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn ask_at(url: &str, deadline: Duration) -> Probe {
    block_on(probe(Runtime::Vllm, url, Reach::Loopback, deadline))
}

#[test]
fn d01_nobody_is_not_running() {
    for runtime in Runtime::ALL {
        let probe = block_on(probe(runtime, &nobody(), Reach::Loopback, PATIENCE));
        assert!(reason(probe).contains("connection refused"), "{runtime}");
    }
    let reason = reason(ask_at("http://192.168.1.5:8000", PATIENCE));
    assert!(
        reason.contains("is not an address of this machine"),
        "{reason}"
    );
}

#[test]
fn d01_silence_and_drips_end_at_the_deadline() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let drip = Act::Drip(vec![b' '; 1000], Duration::from_millis(10));
    for acts in [
        vec![Act::Hold],
        vec![Act::Send(head.to_vec()), Act::Hold],
        vec![Act::Send(head.to_vec()), drip.clone()],
        vec![drip],
    ] {
        let server = RawServer::always(acts);
        let started = Instant::now();
        let probe = ask_at(&server.base_url(), Duration::from_millis(150));
        assert!(started.elapsed() < Duration::from_secs(2));
        // A drip of spaces is no head of a reply, so it may be refused before it is late.
        assert!(
            matches!(probe, Probe::NotRunning { .. } | Probe::Unexpected { .. }),
            "{probe:?}"
        );
    }
    let server = RawServer::always(vec![Act::Hold]);
    let reason = reason(ask_at(&server.base_url(), Duration::from_millis(150)));
    assert!(
        reason.ends_with("within 0.15 s") || reason.contains("within 0.14"),
        "{reason}"
    );
}

#[test]
fn d08_what_is_no_list_is_unexpected_and_never_no_models() {
    for (acts, why) in [
        (reply(500, "", b"<html>"), "it answers with status 500"),
        (reply(404, "", b""), "it answers with status 404"),
        (
            reply(429, "Retry-After: 1\r\n", b""),
            "it answers with status 429",
        ),
        (
            reply(307, "Location: http://127.0.0.1:1/\r\n", b""),
            "redirects are not followed",
        ),
        (reply(200, "", b""), "is empty, not even a list"),
        (reply(200, "", b"{\"error\":\"no\"}"), "it lists no models"),
        (reply(200, "", b"{\"data\":7}"), "are no such list"),
        (reply(200, "", b"hello"), "5 bytes that are no such list"),
        (reply(200, "", b"[]"), "are no such list"),
        (
            vec![Act::Send(b"\x15\x03\x03\x00\x02\x02\x28".to_vec())],
            "broke",
        ),
        (vec![Act::Send(b"SSH-2.0-OpenSSH\r\n".to_vec())], "broke"),
    ] {
        let server = RawServer::always(acts);
        for runtime in [
            Runtime::Vllm,
            Runtime::LlamaCpp,
            Runtime::LmStudio,
            Runtime::Mlx,
        ] {
            let (found, reason) = unexpected(ask(runtime, &server));
            assert_eq!(found, None);
            assert!(reason.contains(why), "{runtime}: {reason}");
        }
        let (found, _) = unexpected(ask(Runtime::Ollama, &server));
        assert_eq!(found, None);
    }
}

#[test]
fn d08_mlx_without_a_cache_is_explained() {
    let header = "Server: BaseHTTP/0.6 Python/3.12.3\r\n";
    let server = server(vec![
        text("/v1/models", header, ""),
        text("/health", header, "{\"status\": \"ok\"}"),
    ]);
    let (_, reason) = unexpected(ask(Runtime::Mlx, &server));
    assert!(
        reason.contains("the Hugging Face cache is missing"),
        "{reason}"
    );
    let (found, _) = unexpected(ask(Runtime::LlamaCpp, &server));
    assert_eq!(found, Some(Server::Runtime(Runtime::Mlx)));
}

#[test]
fn a_server_that_is_still_loading_is_not_running_yet() {
    let loading =
        json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}});
    let server = RawServer::always(reply_json(503, &loading));
    assert_eq!(
        reason(ask(Runtime::LlamaCpp, &server)),
        "it is still loading a model"
    );
}

#[test]
fn d09_an_empty_store_is_no_error() {
    let ollama = server(vec![
        text("/", "", "Ollama is running"),
        page("/api/version", &json!({"version": "0.33.0"})),
        page("/api/tags", &json!({"models": null})),
        page("/v1/models", &json!({"object": "list", "data": null})),
    ]);
    assert_eq!(
        serving(Runtime::Ollama, &ollama),
        (Some("0.33.0".to_owned()), vec![])
    );
}

#[test]
fn d09_rows_that_are_none_are_left_out_and_names_come_once() {
    let long = "x".repeat(257);
    let rows = json!([
        {"id": "good", "owned_by": "vllm"}, {"id": "good", "max_model_len": 1}, {"id": ""}, {"id": 7}, {}, null, "text",
        {"id": long}, {"id": "bell\u{7}"}, {"id": "other", "max_model_len": -1}, {"id": "third", "max_model_len": 1e300},
    ]);
    let server = server(vec![page("/v1/models", &json!({"data": rows}))]);
    let (_, models) = serving(Runtime::Vllm, &server);
    assert_eq!(ids(&models), ["good", "other", "third"]);
    assert!(models.iter().all(|model| model.context_tokens.is_none()));
}

#[test]
fn d09_a_million_models_and_names_without_end_are_capped() {
    let row = |n| json!({"id": format!("m{n}"), "owned_by": "vllm"});
    let rows: Vec<Value> = (0..60_000).map(row).collect();
    let body = json!({"data": rows}).to_string();
    let many = server(vec![("/v1/models", reply(200, "", body.as_bytes()))]);
    assert_eq!(serving(Runtime::Vllm, &many).1.len(), 10_000);

    let endless = Act::Repeat(b"{\"id\":\"mmmmmmmmmmmmmmmmmmmm\"},".repeat(1000), 1000);
    let head = Act::Send(b"HTTP/1.1 200 OK\r\n\r\n{\"data\":[".to_vec());
    let million = RawServer::always(vec![head, endless]);
    let (_, reason) = unexpected(ask(Runtime::Vllm, &million));
    assert!(reason.contains("longer than 8388608 bytes"), "{reason}");

    let name = format!(
        r#"{{"data":[{{"id":"{}"}},{{"id":"m","owned_by":"vllm"}}]}}"#,
        "x".repeat(7 << 20)
    );
    let long = server(vec![("/v1/models", reply(200, "", name.as_bytes()))]);
    assert_eq!(ids(&serving(Runtime::Vllm, &long).1), ["m"]);
}
