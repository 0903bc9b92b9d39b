use super::*;

fn parse(text: &str) -> Chunk {
    Chunk::parse(text).unwrap()
}

fn text(text: &str) -> Chunk {
    Chunk {
        text: text.to_owned(),
        ..Chunk::default()
    }
}

#[test]
fn d05_what_untidy_servers_send_is_read_as_what_tidy_ones_do() {
    let tidy = r#"{"id":"1","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#;
    for same in [
        tidy,
        r#"{"choices":[{"delta":{"content":"a"}}]}"#,
        r#"{"choices":[{"delta":{"content":"a","tool_calls":[]}}],"usage":null,"error":null}"#,
        r#"{"choices":[{"delta":{"content":"a","tool_calls":null,"reasoning":null,"reasoning_content":""}}]}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}"#,
        r#"{"choices":[{"message":{"content":"a"}}]}"#,
        r#"{"choices":[{"delta":null,"message":{"content":"a"},"logprobs":NaN}]}"#,
        r#"{"created":"yesterday","choices":[{"delta":{"content":"a"},"finish_reason":7}],"usage":"none"}"#,
    ] {
        assert_eq!(parse(same), text("a"), "{same}");
    }
    for empty in [
        "{}",
        r#"{"choices":null}"#,
        r#"{"choices":[]}"#,
        r#"{"choices":[null]}"#,
        r#"{"choices":[{"delta":{"content":null}}]}"#,
        r#"{"choices":{"a":1}}"#,
    ] {
        assert_eq!(parse(empty), Chunk::default(), "{empty}");
    }
}

#[test]
fn reasoning_has_three_names_and_a_list_form() {
    for text in [
        r#"{"choices":[{"delta":{"reasoning_content":"r"}}]}"#,
        r#"{"choices":[{"delta":{"reasoning":"r"}}]}"#,
        r#"{"choices":[{"delta":{"reasoning":"r","reasoning_content":"r"}}]}"#,
        r#"{"choices":[{"delta":{"thinking":"r"}}]}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"r"}]}]}}]}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":"r"}]}}]}"#,
    ] {
        let chunk = parse(text);
        assert_eq!(
            (chunk.reasoning.as_str(), chunk.text.as_str()),
            ("r", ""),
            "{text}"
        );
    }
}

#[test]
fn d05_usage_is_found_wherever_it_comes() {
    for text in [
        r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}}"#,
        r#"{"choices":[{"delta":{},"usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_cache_hit_tokens":2,"completion_tokens_details":{"reasoning_tokens":3}}}]}"#,
    ] {
        let usage = WireUsage {
            prompt: 5,
            cached: 2,
            completion: 7,
            reasoning: 3,
        };
        assert_eq!(parse(text).usage, Some(usage), "{text}");
    }
    let odd =
        r#"{"usage":{"prompt_tokens":-5,"completion_tokens":1.5,"prompt_tokens_details":null}}"#;
    assert_eq!(parse(odd).usage, Some(WireUsage::default()));
}

#[test]
fn d05_calls_come_in_pieces_or_whole() {
    let chunk = parse(
        r#"{"choices":[{"delta":{"tool_calls":[
            {"index":1,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}},
            {"function":{"arguments":{"x":1}}},
            "nonsense", {"id":null,"function":null}
        ]}}]}"#,
    );
    let piece = |index, id: &str, name: &str, arguments: &str| CallPiece {
        index,
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    };
    let expected = [
        piece(Some(1), "a", "f", "{\"x\""),
        piece(None, "", "", "{\"x\":1}"),
        piece(None, "", "", ""),
    ];
    assert_eq!(chunk.calls, expected);
}

#[test]
fn j02_what_cannot_be_read_is_not_repeated() {
    let error = Chunk::parse(r#"{"sk-secret" "#).unwrap_err();
    assert_eq!(error, "13 bytes that are no JSON, at column 13");
    assert_eq!(
        Chunk::parse("\"sk-secret\"").unwrap_err(),
        "11 bytes that are no JSON object"
    );
}
