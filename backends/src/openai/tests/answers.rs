use super::*;
use crate::raw_server::{event, json as reply_json, sse, sse_head};

#[test]
fn text_is_streamed_and_counted() {
    let (events, error) = answer(
        sse(&[text("Hel"), text("lo"), end("stop"), counts()]),
        hello(),
    );
    assert!(error.is_none(), "{error:?}");
    let [first, second, Event::Done { finish, usage }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        [first, second],
        [
            &Event::Text("Hel".to_owned()),
            &Event::Text("lo".to_owned())
        ]
    );
    assert_eq!(*finish, Finish::Stop);
    assert_eq!((usage.tokens_in, usage.tokens_out), (5, 2));
    assert!(
        usage.first_token_ms > 0.0 && usage.first_token_ms < 2000.0,
        "{usage:?}"
    );
}

#[test]
fn the_first_word_is_there_before_the_last_is_written() {
    let server = RawServer::always(vec![sse_head(), event(text("now")), Act::Hold]);
    let mut generation = asking(&server.base_url()).generate(hello()).unwrap();
    assert_eq!(
        generation.blocking_next().unwrap().unwrap(),
        Event::Text("now".to_owned())
    );
}

#[test]
fn llama_cpps_own_times_are_believed() {
    let mut last = counts();
    last["timings"] = json!({"cache_n": 3, "prompt_ms": 12.5, "predicted_ms": 40.25});
    let (events, _) = answer(sse(&[text("a"), end("stop"), last]), hello());
    let Some(Event::Done { usage, .. }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (usage.tokens_cached, usage.prefill_ms, usage.decode_ms),
        (3, 12.5, 40.25)
    );
}

#[test]
fn reasoning_comes_apart_however_it_is_marked() {
    let expected = ("yes".to_owned(), "hm hm".to_owned(), vec![], Finish::Stop);
    let named = |name: &str| {
        sse(&[
            delta(&json!({name: "hm "})),
            delta(&json!({name: "hm", "content": null})),
            text("\n\nyes"),
            end("stop"),
        ])
    };
    assert_eq!(tidy(named("reasoning_content"), hello()), expected);
    assert_eq!(tidy(named("reasoning"), hello()), expected);
    let in_text = ["<th", "ink>\nhm", " hm</", "think>\n\n", "yes"].map(text);
    assert_eq!(
        tidy(sse(&[&in_text[..], &[end("stop")]].concat()), hello()),
        expected
    );
}

#[test]
fn d05_an_untidy_stream_gives_the_events_of_a_tidy_one() {
    let expected = ("Hello".to_owned(), String::new(), vec![], Finish::Stop);
    let untidy = vec![
        sse_head(),
        Act::Send(b": keepalive 0/12\n\nevent: ping\ndata: \n\n".to_vec()),
        event("{\"choices\":null,\"created\":NaN}"),
        event(
            json!({"choices": [{"delta": {"role": "assistant", "content": "", "tool_calls": []}}]}),
        ),
        Act::Send(
            b"data:{\"choices\":[{\"delta\":{\"content\":\"Hel\"},\"logprobs\":NaN}]}\r\n\r\n"
                .to_vec(),
        ),
        event(json!({"choices": [{"delta": {"content": "lo"}, "finish_reason": "because"}]})),
        event(json!({"choices": [], "usage": {"prompt_tokens": 5}})),
        event("[DONE]"),
        event("[DONE]"),
    ];
    assert_eq!(tidy(untidy, hello()), expected);
    // Without `[DONE]`, and without a reason.
    assert_eq!(
        tidy(
            vec![sse_head(), event(text("Hello")), event(end("stop"))],
            hello()
        ),
        expected
    );
    assert_eq!(
        tidy(
            vec![sse_head(), event(text("Hello")), event("[DONE]")],
            hello()
        ),
        expected
    );
}

#[test]
fn an_answer_in_one_document_is_an_answer() {
    let document = json!({"choices": [{"message": {"role": "assistant", "content": "Hello", "reasoning_content": "hm",
        "tool_calls": [{"id": "", "function": {"name": "fs_read", "arguments": {"path": "x"}}}]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    let (text, reasoning, calls, finish) = tidy(reply_json(200, &document), with_tools());
    assert_eq!(
        (text.as_str(), reasoning.as_str(), finish),
        ("Hello", "hm", Finish::ToolCalls)
    );
    let expected = crate::ToolCall {
        id: "call00001".to_owned(),
        name: "fs.read".to_owned(),
        arguments: json!({"path": "x"}),
    };
    assert_eq!(calls, [Event::ToolCall(expected)]);
}

#[test]
fn d05_calls_in_pieces_are_whole_events() {
    let piece = |piece: Value| delta(&json!({"tool_calls": [piece]}));
    let mut stream = vec![
        text("reading"),
        piece(
            json!({"index": 0, "id": "", "type": "function", "function": {"name": "fs_read", "arguments": ""}}),
        ),
        piece(
            json!({"index": 1, "id": "b", "function": {"name": "fs_read", "arguments": "{\"path\": "}}),
        ),
    ];
    stream.extend(
        "{\"path\":\"é\"}"
            .chars()
            .map(|c| piece(json!({"index": 0, "function": {"arguments": c.to_string()}}))),
    );
    stream.push(piece(json!({"index": 1, "function": {"arguments": "\"y"}})));
    stream.push(end("tool_calls"));
    let (text, _, calls, finish) = tidy(sse(&stream), with_tools());
    assert_eq!((text.as_str(), finish), ("reading", Finish::ToolCalls));
    let call = |id: &str, arguments| {
        Event::ToolCall(crate::ToolCall {
            id: id.to_owned(),
            name: "fs.read".to_owned(),
            arguments,
        })
    };
    assert_eq!(calls[0], call("call00001", json!({"path": "é"})));
    assert!(
        matches!(&calls[1], Event::MalformedToolCall { reason, .. } if reason.contains("not valid JSON")),
        "{calls:?}"
    );
}

#[test]
fn calls_that_a_server_leaves_in_the_text_are_found() {
    let written =
        "<tool_call>{\"name\": \"fs.read\", \"arguments\": {\"path\": \"x\"}}</tool_call>";
    let (text_left, _, calls, finish) = tidy(sse(&[text(written), end("stop")]), with_tools());
    assert_eq!((text_left.as_str(), finish), ("", Finish::ToolCalls));
    assert!(
        matches!(&calls[..], [Event::ToolCall(call)] if call.name == "fs.read"),
        "{calls:?}"
    );
    // Nobody offered a tool, so it is what the answer is about.
    assert_eq!(tidy(sse(&[text(written), end("stop")]), hello()).0, written);
}

#[test]
fn answers_come_side_by_side() {
    let server = RawServer::start(|request| {
        let asked = request.json()["messages"][0]["content"].to_string();
        let pause = if asked.contains("slow") { 200 } else { 0 };
        [
            vec![Act::Wait(Duration::from_millis(pause))],
            sse(&[text(&asked), end("stop")]),
        ]
        .concat()
    });
    let backend = asking(&server.base_url());
    let ask = |words: &str| {
        backend
            .generate(Request::new(vec![Message::user(words)]))
            .unwrap()
    };
    let (mut slow, mut fast) = (ask("slow"), ask("fast"));
    let started = Instant::now();
    assert_eq!(
        fast.blocking_next().unwrap().unwrap(),
        Event::Text("\"fast\"".to_owned())
    );
    assert!(started.elapsed() < Duration::from_millis(150));
    drop(backend);
    assert_eq!(
        slow.blocking_next().unwrap().unwrap(),
        Event::Text("\"slow\"".to_owned())
    );
}
