use super::*;
use crate::raw_server::{event, json as reply_json, nobody, reply, sse, sse_head};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Asks a server that does `acts`, with short times: connect and first event 300 ms, next 150 ms,
/// whole 600 ms.
fn impatient(acts: Vec<Act>) -> (Vec<Event>, BackendError, Duration) {
    let server = RawServer::always(acts);
    let backend = OpenAi::new(OpenAiOptions {
        timeouts: Timeouts {
            connect: ms(300),
            first_event: ms(300),
            next_event: ms(150),
            whole: ms(600),
            retry_pause: ms(1),
        },
        ..options(&server.base_url())
    });
    let started = Instant::now();
    let (events, error) = collect(&backend.unwrap(), hello());
    (events, error.expect("an error"), started.elapsed())
}

fn waited_for(error: &BackendError) -> &'static str {
    match error {
        BackendError::Timeout { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn d01_nobody_there_is_said_at_once() {
    let url = nobody();
    let (events, error) = collect(&asking(&url), hello());
    assert_eq!(events, []);
    let error = error.unwrap();
    assert!(
        matches!(error, BackendError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("cannot connect to `http://127.0.0.1:"),
        "{error}"
    );
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(error.is_retryable_elsewhere());
}

#[test]
fn d01_a_silent_server_has_the_time_of_a_first_event() {
    let (_, error, took) = impatient(vec![Act::Hold]);
    assert_eq!(waited_for(&error), "first event");
    assert!(took >= ms(300) && took < ms(2000), "{took:?}");
    let (_, error, _) = impatient(vec![sse_head(), Act::Hold]);
    assert_eq!(waited_for(&error), "first event");
}

#[test]
fn d01_silence_after_an_event_keeps_what_came() {
    let (events, error, took) = impatient(vec![sse_head(), event(text("partial")), Act::Hold]);
    assert_eq!(events, [Event::Text("partial".to_owned())]);
    assert_eq!(waited_for(&error), "next event");
    assert!(error.to_string().ends_with("within 0.15 s"), "{error}");
    assert!(took < ms(2000), "{took:?}");
}

#[test]
fn d01_a_drip_is_no_progress() {
    // Each byte restarts the time of a read; the time of an event goes on.
    let drip = Act::Drip(vec![b'x'; 100_000], ms(10));
    let (events, error, took) = impatient(vec![sse_head(), event(text("partial")), drip.clone()]);
    assert_eq!(events.len(), 1);
    assert_eq!(waited_for(&error), "next event");
    assert!(took < ms(2000), "{took:?}");
    let (_, error, _) = impatient(vec![sse_head(), drip.clone()]);
    assert_eq!(waited_for(&error), "first event");
    let (_, error, _) = impatient(vec![drip]);
    assert!(
        matches!(
            error,
            BackendError::Timeout { .. } | BackendError::Truncated { .. }
        ),
        "{error:?}"
    );
}

#[test]
fn d01_signs_of_life_without_end_are_ended_by_the_whole() {
    let alive = Act::Drip(b": keepalive\n\n".repeat(1000), ms(1));
    let (_, error, took) = impatient(vec![sse_head(), alive]);
    assert_eq!(waited_for(&error), "end of the answer");
    assert!(took >= ms(600) && took < ms(3000), "{took:?}");
}

#[test]
fn d02_reset_in_mid_stream_is_truncated() {
    let acts = vec![
        sse_head(),
        event(text("partial")),
        Act::Wait(ms(50)),
        Act::Reset,
    ];
    let (events, error) = answer(acts, hello());
    assert_eq!(events, [Event::Text("partial".to_owned())]);
    assert!(
        matches!(error, Some(BackendError::Truncated { .. })),
        "{error:?}"
    );
}

#[test]
fn d02_a_clean_close_without_an_end_is_truncated() {
    let (events, error) = answer(vec![sse_head(), event(text("partial"))], hello());
    assert_eq!(events, [Event::Text("partial".to_owned())]);
    let error = error.unwrap();
    assert!(matches!(error, BackendError::Truncated { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("breaks off: the stream ends without its end"),
        "{error}"
    );
    // An event that is cut before its empty line is none, even if it would be the last.
    let cut = Act::Send(b"data: [DONE]\n".to_vec());
    let (_, error) = answer(vec![sse_head(), event(text("partial")), cut], hello());
    assert!(
        matches!(error, Some(BackendError::Truncated { .. })),
        "{error:?}"
    );
}

#[test]
fn d02_a_cut_chunk_is_truncated() {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let data = format!("data: {}\n\n", text("partial"));
    let chunk = format!("{head}{:x}\r\n{data}\r\nff\r\ndata: ", data.len());
    let (events, error) = answer(vec![Act::Send(chunk.into_bytes())], hello());
    assert_eq!(events, [Event::Text("partial".to_owned())]);
    assert!(
        matches!(error, Some(BackendError::Truncated { .. })),
        "{error:?}"
    );
}

#[test]
fn d02_an_end_that_was_said_is_an_end_although_the_connection_breaks_after_it() {
    let finished = |last: Act| {
        vec![
            sse_head(),
            event(text("whole")),
            event(end("stop")),
            Act::Wait(ms(50)),
            last,
        ]
    };
    for acts in [finished(Act::Reset), finished(Act::Hold)] {
        let (events, error) = answer(acts, hello());
        assert!(error.is_none(), "{error:?}");
        assert!(
            matches!(events[..], [Event::Text(_), Event::Done { .. }]),
            "{events:?}"
        );
    }
}

#[test]
fn d03_lines_and_heads_that_never_end_are_refused() {
    let endless = Act::Repeat(vec![b'x'; 1 << 20], 1024);
    let started = Instant::now();
    let (_, error) = answer(vec![sse_head(), endless.clone()], hello());
    let error = error.unwrap();
    assert!(matches!(error, BackendError::BadReply { .. }), "{error:?}");
    assert!(error.to_string().contains("8388608 bytes"), "{error}");

    let head = Act::Send(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec());
    let (_, error) = answer(vec![head, endless], hello());
    assert!(error.is_some());

    let many = "X-Many: y\r\n".repeat(100_000);
    let (_, error) = answer(reply(200, &many, b"{}"), hello());
    assert!(error.is_some());

    let long = format!("X-Long: {}\r\n", "x".repeat(100_000));
    let (_, error) = answer(reply(200, &long, b"{}"), hello());
    assert!(
        error
            .unwrap()
            .to_string()
            .contains("the header block is longer than 65536 bytes")
    );
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn d03_packed_bodies_and_other_protocols_are_no_answer() {
    let packed = reply(
        200,
        "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n",
        b"\x1f\x8b\x08\x00zzzz",
    );
    let tls = vec![Act::Send(b"\x15\x03\x03\x00\x02\x02\x28".to_vec())];
    for acts in [packed, tls] {
        let (events, error) = answer(acts, hello());
        assert_eq!(events, []);
        assert!(
            matches!(error, Some(BackendError::Truncated { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn d04_an_error_in_the_stream_is_an_error() {
    let named =
        Act::Send(b"event: error\ndata: {\"error\":{\"message\":\"out of memory\"}}\n\n".to_vec());
    let plain = event(json!({"error": {"message": "out of memory", "code": 500}}));
    for failure in [named, plain] {
        let (events, error) = answer(vec![sse_head(), event(text("partial")), failure], hello());
        assert_eq!(events.len(), 1);
        assert!(error.unwrap().to_string().ends_with(": out of memory"));
    }
}

#[test]
fn d04_half_a_character_is_never_shown() {
    let data = format!(
        "data: {}\n\n",
        json!({"choices": [{"delta": {"content": "👍é"}}]})
    );
    let acts = vec![
        sse_head(),
        Act::Drip(data.into_bytes(), ms(1)),
        event(end("stop")),
    ];
    assert_eq!(tidy(acts, hello()).0, "👍é");
}

#[test]
fn d06_a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = RawServer::always(sse(&[text("leak"), end("stop")]));
        let to = format!("Location: {}/v1/chat/completions\r\n", elsewhere.base_url());
        let (_, error) = answer(reply(status, &to, b""), hello());
        let error = error.unwrap();
        assert!(
            matches!(error, BackendError::Status { status: said, .. } if said == status),
            "{error:?}"
        );
        assert!(
            error.to_string().ends_with("redirects are not followed"),
            "{error}"
        );
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[test]
fn d08_refusals_and_failures_are_typed_and_tried_once() {
    for (status, body, message) in [
        (500, "<html>oops</html>", "a page of 17 bytes"),
        (404, r#"{"error":"model not found"}"#, "model not found"),
        (401, r#"{"error":{"message":"bad key"}}"#, "bad key"),
        (400, "", "no reason given"),
    ] {
        let server = RawServer::always(reply(status, "", body.as_bytes()));
        let (_, error) = collect(&asking(&server.base_url()), hello());
        let error = error.unwrap();
        let expected = format!(
            "`{}/v1` answers with status {status}: {message}",
            server.base_url()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(server.received().len(), 1, "{status}");
    }
}

#[test]
fn d08_a_reply_that_is_no_answer_is_an_error() {
    for (kind, body) in [
        ("application/json", r#"{"error":"busy"}"#),
        ("application/json", "{}"),
        ("application/json", "[]"),
        ("application/json", "{"),
        ("application/json", ""),
        ("text/html", "<html>"),
        ("text/event-stream", ""),
        ("text/plain", "hello"),
    ] {
        let (events, error) = answer(
            reply(200, &format!("Content-Type: {kind}\r\n"), body.as_bytes()),
            hello(),
        );
        assert_eq!(events, [], "{body}");
        assert!(
            matches!(
                error,
                Some(BackendError::BadReply { .. } | BackendError::Truncated { .. })
            ),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn d08_a_busy_server_is_asked_again_before_the_first_byte_only() {
    let refusals = std::sync::atomic::AtomicUsize::new(0);
    let server = RawServer::start(move |_| {
        match refusals.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => reply(429, "Retry-After: 0\r\n", b""),
            1 => reply_json(
                503,
                &json!({"error": {"message": "Loading model", "code": 503}}),
            ),
            _ => sse(&[text("at last"), end("stop")]),
        }
    });
    let (events, error) = collect(&asking(&server.base_url()), hello());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(events[0], Event::Text("at last".to_owned()));
    assert_eq!(server.received().len(), 3);

    let server = RawServer::always(vec![sse_head(), event(text("partial")), Act::Reset]);
    let (_, error) = collect(&asking(&server.base_url()), hello());
    assert!(error.is_some());
    assert_eq!(
        server.received().len(),
        1,
        "nothing is asked twice once an answer began"
    );

    let server = RawServer::always(reply(429, "Retry-After: 3600\r\n", b""));
    let (_, error) = collect(&asking(&server.base_url()), hello());
    assert!(
        matches!(error, Some(BackendError::Status { status: 429, .. })),
        "{error:?}"
    );
    assert_eq!(server.received().len(), 1);
}

#[test]
fn d08_a_connection_that_breaks_before_the_reply_is_tried_once_more() {
    let server = RawServer::always(vec![Act::Reset]);
    let (_, error) = collect(&asking(&server.base_url()), hello());
    assert!(
        matches!(error, Some(BackendError::Truncated { .. })),
        "{error:?}"
    );
    assert_eq!(server.received().len(), 2);
}

#[test]
fn j01_a_key_that_a_server_repeats_is_not_shown() {
    let server = RawServer::always(reply_json(
        401,
        &json!({"error": {"message": "wrong key sk-canary"}}),
    ));
    let backend = OpenAi::new(OpenAiOptions {
        api_key: Some("sk-canary".into()),
        ..options(&server.base_url())
    });
    let (_, error) = collect(&backend.unwrap(), hello());
    let error = format!("{:?}", error.unwrap());
    assert!(
        error.contains("wrong key [key]") && !error.contains("canary"),
        "{error}"
    );
}

#[test]
fn dropping_the_generation_closes_the_connection() {
    for acts in [
        vec![Act::Hold],
        vec![sse_head(), event(text("a")), Act::Hold],
    ] {
        let server = RawServer::always(acts);
        let backend = asking(&server.base_url());
        let generation = backend.generate(hello()).unwrap();
        let started = Instant::now();
        while server.received().is_empty() {
            assert!(started.elapsed() < PATIENCE);
            std::thread::sleep(ms(1));
        }
        drop(generation);
        while server.clients_gone() == 0 {
            assert!(
                started.elapsed() < PATIENCE,
                "the server goes on for nobody"
            );
            std::thread::sleep(ms(1));
        }
    }
}
