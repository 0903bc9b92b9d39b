//! C10: calls that are none, in every dialect.

use super::*;
use crate::dialect::marked::CALL_BYTES_MAX;

/// The beginning of a call in each of [`ALL`], up to its arguments, and what closes it.
const FRAMES: [(&str, &str); 9] = [
    (
        "<tool_call>{\"name\": \"w\", \"arguments\": ",
        "}</tool_call>",
    ),
    (
        "<tool_call><function=w><parameter=a>",
        "</parameter></function></tool_call>",
    ),
    ("<|python_tag|>{\"name\": \"w\", \"parameters\": ", "}"),
    ("<|python_start|>[w(a=", ")]<|python_end|>"),
    ("[TOOL_CALLS][{\"name\": \"w\", \"arguments\": ", "}]"),
    ("[TOOL_CALLS]w[ARGS]", ""),
    (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>w\n```json\n",
        "\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>w<｜tool▁sep｜>",
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "<|channel|>commentary to=functions.w<|message|>",
        "<|call|>",
    ),
];

#[test]
fn c10_cut_json_is_given_back_with_what_is_wrong() {
    for (dialect, (open, _)) in ALL.into_iter().zip(FRAMES) {
        let answer = format!("{open}{{\"city\": \"Os");
        let pieces = whole(dialect, &answer);
        let (text, reason) = malformed(&pieces);
        assert!(text.contains("{\"city\": \"Os"), "{dialect:?}: {text}");
        assert!(
            !reason.is_empty() && reason.is_ascii() || reason.contains('｜'),
            "{reason}"
        );
        assert_eq!(by_character(dialect, &Reading::default(), &answer), pieces);
    }
}

#[test]
fn c10_arguments_that_are_not_json_are_given_back_whole() {
    for (dialect, (open, close)) in ALL.into_iter().zip(FRAMES) {
        if matches!(dialect.calls, CallMarkup::QwenCoder) {
            continue; // there, any text is a value
        }
        let answer = format!("{open}{{\"a\": tru}}{close}");
        let pieces = whole(dialect, &answer);
        let (text, _) = malformed(&pieces);
        assert!(text.contains("{\"a\": tru}"), "{dialect:?}: {text}");
        assert_eq!(by_character(dialect, &Reading::default(), &answer), pieces);
    }
}

#[test]
fn c10_a_call_inside_reasoning_is_reasoning() {
    for (dialect, (open, close)) in ALL.into_iter().zip(FRAMES) {
        let Some((think, answer)) = dialect.reasoning.marks() else {
            continue;
        };
        if dialect.calls == CallMarkup::Harmony {
            continue; // its marks end a message
        }
        let written = format!("{think}maybe {open}{{}}{close}{answer}no");
        let pieces = whole(dialect, &written);
        assert!(
            matches!(&pieces[..], [Piece::Reasoning(_), Piece::Text(last)] if last == "no"),
            "{dialect:?}: {pieces:?}"
        );
    }
}

#[test]
fn c10_a_megabyte_of_arguments_is_read_and_more_is_given_back() {
    for (dialect, (open, close)) in ALL.into_iter().zip(FRAMES) {
        let fits = "é".repeat((CALL_BYTES_MAX - 1024) / 2);
        let argument = match dialect.calls {
            CallMarkup::QwenCoder => fits.clone(),
            CallMarkup::Pythonic => format!("\"{fits}\""),
            _ => format!("{{\"a\": \"{fits}\"}}"),
        };
        let pieces = whole(dialect, &format!("{open}{argument}{close}"));
        assert_eq!(pieces, [call("w", json!({"a": fits}))], "{dialect:?}");

        let endless = format!("{open}\"{}", "é".repeat(CALL_BYTES_MAX));
        let pieces = whole(dialect, &endless);
        let (given, reason) = malformed(&pieces);
        assert!(reason.contains("longer than"), "{dialect:?}: {reason}");
        assert!(given.len() >= CALL_BYTES_MAX - 4, "{dialect:?}");
        let kept = all_text(&pieces).matches('é').count();
        assert_eq!(kept, CALL_BYTES_MAX, "{dialect:?}: nothing is lost");
        let cuts: Vec<usize> = (1..endless.len())
            .step_by(65_521)
            .filter(|cut| endless.is_char_boundary(*cut))
            .collect();
        assert_eq!(parse(dialect, &Reading::default(), &endless, &cuts), pieces);
    }
}

#[test]
fn c10_marks_in_an_answer_with_a_form_are_text() {
    for (dialect, (open, close)) in ALL.into_iter().zip(FRAMES) {
        let json = json!({"a": format!("{open}x{close}<think>")}).to_string();
        let answer = match dialect.calls {
            CallMarkup::Harmony => format!("<|channel|>final<|message|>{json}"),
            _ => json.clone(),
        };
        assert_eq!(
            parse(dialect, &formed(), &answer, &[]),
            [text(&json)],
            "{dialect:?}"
        );
        assert_eq!(by_character(dialect, &formed(), &answer), [text(&json)]);
    }
}

#[test]
fn an_answer_with_a_form_keeps_its_white_space_and_may_follow_reasoning() {
    assert_eq!(parse(HERMES, &formed(), " \na ", &[]), [text(" \na ")]);
    assert_eq!(
        parse(
            HERMES,
            &formed(),
            "<think>\nso\n</think>\n\n{\"a\": \"<think>\"} ",
            &[]
        ),
        [reasoning("so"), text("{\"a\": \"<think>\"} ")]
    );
}

#[test]
fn with_tools_an_answer_with_a_form_may_be_a_call_instead() {
    let reading = Reading {
        tools: vec![Tool {
            name: "now".to_owned(),
            parameters: json!({}),
        }],
        ..formed()
    };
    let answer = "<tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>";
    assert_eq!(
        parse(HERMES, &reading, answer, &[]),
        [call("now", json!({}))]
    );
    assert_eq!(
        parse(HERMES, &reading, "{\"a\": \"<tool_call>\"}", &[]),
        [text("{\"a\": \"<tool_call>\"}")]
    );
}
