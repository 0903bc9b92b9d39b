//! Hermes and Qwen.

use super::*;
use crate::dialect::marked;

fn read(answer: &str) -> Vec<Piece> {
    whole(HERMES, answer)
}

fn in_reasoning(answer: &str) -> Vec<Piece> {
    let reading = Reading {
        starts_in_reasoning: true,
        ..Reading::default()
    };
    parse(HERMES, &reading, answer, &[])
}

#[test]
fn reasoning_text_and_calls_are_separated() {
    let answer = "<think>\nfirst look\n</think>\n\nI will read it.\n<tool_call>\n{\"name\": \"fs.read\", \
                  \"arguments\": {\"path\": \"a.txt\"}}\n</tool_call>\n<tool_call>{\"name\":\"now\"}</tool_call>";
    assert_eq!(
        read(answer),
        [
            reasoning("first look"),
            text("I will read it."),
            call("fs.read", json!({"path": "a.txt"})),
            call("now", json!({})),
        ]
    );
}

#[test]
fn text_keeps_its_inner_space_and_what_only_looks_like_markup() {
    assert_eq!(read("a <b>  c\n\n d <tool"), [text("a <b>  c\n\n d <tool")]);
    assert_eq!(read("1 < 2 </think> x"), [text("1 < 2 </think> x")]);
    assert_eq!(read(""), []);
}

#[test]
fn a_call_inside_reasoning_is_reasoning() {
    let answer = "<think><tool_call>{\"name\": \"x\"}</tool_call></think>done";
    assert_eq!(
        read(answer),
        [
            reasoning("<tool_call>{\"name\": \"x\"}</tool_call>"),
            text("done")
        ]
    );
}

#[test]
fn reasoning_without_an_end_stays_reasoning() {
    assert_eq!(in_reasoning("half a thou"), [reasoning("half a thou")]);
    assert_eq!(
        in_reasoning("so\n</think>\nyes"),
        [reasoning("so"), text("yes")]
    );
}

#[test]
fn an_empty_reasoning_block_shows_nothing() {
    assert_eq!(read("<think>\n\n</think>\n\nyes"), [text("yes")]);
}

#[test]
fn c10_what_cannot_be_a_call_is_given_back_whole_with_the_reason() {
    for (body, reason) in [
        ("{\"name\": \"x\", \"arguments\": {", "not valid JSON"),
        ("{\"arguments\": {}}", "missing field `name`"),
        ("{\"name\": \"\", \"arguments\": {}}", "names no tool"),
        ("{\"name\": \"x\", \"arguments\": [1]}", "not an object"),
        (
            "{\"name\": \"x\", \"arguments\": \"loose\"}",
            "not an object",
        ),
        ("<tool_call>{}", "not valid JSON"),
    ] {
        let answer = format!("ok<tool_call>{body}</tool_call>end");
        let pieces = read(&answer);
        let [
            first,
            Piece::MalformedToolCall {
                text: given,
                reason: why,
            },
            last,
        ] = &pieces[..]
        else {
            panic!("{body}: {pieces:?}");
        };
        assert_eq!((first, last), (&text("ok"), &text("end")));
        assert_eq!(given, &format!("<tool_call>{body}</tool_call>"));
        assert!(why.contains(reason), "{why}");
    }
}

#[test]
fn c10_a_call_that_is_cut_off_or_endless_loses_no_text() {
    assert_eq!(
        read("<tool_call>{\"na"),
        [Piece::MalformedToolCall {
            text: "<tool_call>{\"na".to_owned(),
            reason: "the answer ends before `</tool_call>`".to_owned(),
        }]
    );
    let endless = "x".repeat(marked::CALL_BYTES_MAX + 1);
    let pieces = read(&format!("<tool_call>{endless}"));
    assert!(
        matches!(&pieces[..], [Piece::MalformedToolCall { text, .. }] if text.len() > marked::CALL_BYTES_MAX)
    );
}

#[test]
fn c10_marks_inside_arguments_are_data() {
    let answer = "<tool_call>{\"name\": \"w\", \"arguments\": {\"t\": \"a</tool_call>\\\"<tool_call>b\"}}</tool_call>ok";
    assert_eq!(
        read(answer),
        [
            call("w", json!({"t": "a</tool_call>\"<tool_call>b"})),
            text("ok")
        ]
    );
}

#[test]
fn c10_a_string_that_never_ends_costs_only_its_own_call() {
    let pieces =
        read("<tool_call>{\"name\": \"x</tool_call>mid<tool_call>{\"name\":\"y\"}</tool_call>");
    assert!(
        matches!(&pieces[..], [Piece::MalformedToolCall { text: first, .. }, Piece::Text(mid), last]
            if first == "<tool_call>{\"name\": \"x</tool_call>" && mid == "mid" && *last == call("y", json!({}))),
        "{pieces:?}"
    );
}

#[test]
fn a_whole_call_needs_no_closing_mark() {
    let one = "<tool_call>{\"name\": \"a\"}";
    assert_eq!(read(one), [call("a", json!({}))]);
    let two = format!("{one}\n<tool_call>{{\"name\": \"b\"}}</tool_call>");
    assert_eq!(read(&two), [call("a", json!({})), call("b", json!({}))]);
}

#[test]
fn c10_a_long_call_is_cut_at_the_same_byte_however_it_came() {
    let answer = format!(
        "<tool_call>\"{}\"</tool_call>end",
        "é".repeat(marked::CALL_BYTES_MAX)
    );
    let cuts: Vec<usize> = (0..answer.len())
        .step_by(65_521)
        .filter(|cut| answer.is_char_boundary(*cut))
        .collect();
    let pieces = read(&answer);
    assert_eq!(parse(HERMES, &Reading::default(), &answer, &cuts), pieces);
    assert!(
        matches!(&pieces[0], Piece::MalformedToolCall { reason, .. } if reason.contains("longer than"))
    );
}

#[test]
fn arguments_may_be_a_string_that_holds_an_object() {
    let answer = "<tool_call>{\"name\": \"x\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>";
    assert_eq!(read(answer), [call("x", json!({"a": 1}))]);
}
