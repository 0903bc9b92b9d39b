use super::*;

fn piece(index: Option<u64>, id: &str, name: &str, arguments: &str) -> CallPiece {
    CallPiece {
        index,
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

fn events(pieces: Vec<CallPiece>) -> Vec<Event> {
    let mut calls = Calls::default();
    for piece in pieces {
        calls.add(piece).unwrap();
    }
    calls.events(&[], &ToolNames::as_they_are())
}

fn call(id: &str, name: &str, arguments: Value) -> Event {
    Event::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments,
    })
}

#[test]
fn d05_two_calls_in_pieces_however_a_server_numbers_them() {
    let expected = [
        call("a", "f", json!({"x": 1})),
        call("b", "g", json!({"y": "é"})),
    ];
    let (x1, x2, y1, y2) = ("{\"x\"", ": 1}", "{\"y\": \"", "é\"}");
    let cases = [
        // As documented.
        vec![
            piece(Some(0), "a", "f", ""),
            piece(Some(0), "", "", x1),
            piece(Some(0), "", "", x2),
            piece(Some(1), "b", "g", ""),
            piece(Some(1), "", "", y1),
            piece(Some(1), "", "", y2),
        ],
        // Interleaved.
        vec![
            piece(Some(0), "a", "f", x1),
            piece(Some(1), "b", "g", y1),
            piece(Some(0), "", "", x2),
            piece(Some(1), "", "", y2),
        ],
        // Id and name with every piece.
        vec![
            piece(Some(0), "a", "f", x1),
            piece(Some(0), "a", "f", x2),
            piece(Some(1), "b", "g", y1),
            piece(Some(1), "b", "g", y2),
        ],
        // Without numbers.
        vec![
            piece(None, "a", "f", x1),
            piece(None, "", "", x2),
            piece(None, "b", "g", y1),
            piece(None, "", "", y2),
        ],
        // Without numbers, with ids, interleaved.
        vec![
            piece(None, "a", "f", x1),
            piece(None, "b", "g", y1),
            piece(None, "a", "", x2),
            piece(None, "b", "", y2),
        ],
        // Whole, all of them number 0.
        vec![
            piece(Some(0), "a", "f", "{\"x\":1}"),
            piece(Some(0), "b", "g", "{\"y\":\"é\"}"),
        ],
        // The name in pieces, numbers from 7.
        vec![
            piece(Some(7), "a", "", ""),
            piece(Some(7), "", "f", "{\"x\":1}"),
            piece(Some(9), "b", "g", y1),
            piece(Some(9), "", "", y2),
        ],
    ];
    for pieces in cases {
        assert_eq!(events(pieces.clone()), expected, "{pieces:?}");
    }
    let by_character = "{\"x\": 1}"
        .chars()
        .map(|c| piece(Some(0), "", "", &c.to_string()));
    let mut pieces = vec![piece(Some(0), "a", "f", "")];
    pieces.extend(by_character);
    assert_eq!(events(pieces), expected[..1]);
}

#[test]
fn d05_missing_ids_are_made_and_repeated_ones_replaced() {
    let whole = |id: &str, index| piece(Some(index), id, "f", "{}");
    let made = events(vec![
        whole("", 0),
        whole("", 1),
        whole("x", 2),
        whole("x", 3),
    ]);
    let ids: Vec<&str> = made
        .iter()
        .map(|event| match event {
            Event::ToolCall(call) => call.id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["call00001", "call00002", "x", "call00003"]);

    let earlier = ToolCall {
        id: "call00004".to_owned(),
        name: "f".to_owned(),
        arguments: json!({}),
    };
    let history = [Message::assistant("").with_tool_calls(vec![earlier])];
    let mut calls = Calls::default();
    calls.add(whole("call00004", 0)).unwrap();
    let again = calls.events(&history, &ToolNames::as_they_are());
    assert_eq!(again, [call("call00005", "f", json!({}))]);
}

#[test]
fn arguments_may_be_missing_or_a_text_that_holds_them() {
    for (arguments, value) in [
        ("", json!({})),
        ("  ", json!({})),
        ("null", json!({})),
        ("{\"a\":1}", json!({"a": 1})),
        ("\"{\\\"a\\\":1}\"", json!({"a": 1})),
    ] {
        let made = events(vec![piece(Some(0), "i", "f", arguments)]);
        assert_eq!(made, [call("i", "f", value)], "{arguments:?}");
    }
}

#[test]
fn d11_a_call_that_cannot_be_one_says_why() {
    for (name, arguments, why) in [
        (
            "f",
            "{\"a\": ",
            "the arguments are not valid JSON: EOF while parsing a value at line 1 column 5",
        ),
        ("f", "[1]", "the arguments are not an object"),
        ("f", "\"x\"", "the arguments are not an object"),
        ("", "{}", "the call names no tool"),
    ] {
        let expected = Event::MalformedToolCall {
            text: format!("{name}({arguments})"),
            reason: why.to_owned(),
        };
        assert_eq!(
            events(vec![piece(Some(0), "i", name, arguments)]),
            [expected]
        );
    }
}

#[test]
fn d05_pieces_of_nothing_are_no_call() {
    assert_eq!(
        events(vec![piece(None, "", "", ""), piece(Some(0), "x", "", "")]),
        []
    );
}

#[test]
fn d05_calls_and_arguments_have_limits() {
    let mut calls = Calls::default();
    for index in 0..CALLS_MAX as u64 {
        calls.add(piece(Some(index), "", "f", "")).unwrap();
    }
    assert_eq!(calls.add(piece(Some(999), "", "f", "")), Err(TooManyCalls));

    let long = "x".repeat(ARGUMENTS_BYTES_MAX / 2);
    let pieces = (0..4).map(|_| piece(Some(0), "", "f", &long)).collect();
    let made = events(pieces);
    assert!(
        matches!(&made[..], [Event::MalformedToolCall { reason, .. }] if reason.contains("1048576 bytes")),
    );
}
