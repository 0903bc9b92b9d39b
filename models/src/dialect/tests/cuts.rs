//! The same pieces however an answer is cut.

use proptest::prelude::*;

use super::*;

/// What answers of all dialects are made of, whole and broken.
const PARTS: [&str; 46] = [
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "[THINK]",
    "[/THINK]",
    "[TOOL_CALLS]",
    "[ARGS]",
    "[CALL_ID]",
    "<|python_tag|>",
    "<|python_start|>",
    "<|python_end|>",
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁end｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁sep｜>",
    "<|start|>assistant",
    "<|channel|>analysis",
    "<|channel|>final",
    "<|channel|>commentary to=functions.x",
    "<|message|>",
    "<|end|>",
    "<|call|>",
    "{\"name\": \"x\", \"arguments\": {\"é\": \"👍\"}}",
    "{\"name\": \"y\", \"parameters\": {}}",
    "{}",
    "[{\"name\": \"x\"}]",
    "[x(a='é', b=1)]",
    "<function=x>",
    "<parameter=k>",
    "</parameter>",
    "</function>",
    "```json\n",
    "\n```",
    "\"",
    "'",
    "{",
    "]",
    "}",
    "x",
    "é 👍 ",
    "\n",
    "<t",
    " ",
    "; ",
];

fn reading() -> impl Strategy<Value = Reading> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(starts_in_reasoning, formed, tools)| {
            let tool = Tool {
                name: "x".to_owned(),
                parameters: json!({"properties": {"k": {"type": "string"}}}),
            };
            Reading {
                starts_in_reasoning,
                formed,
                tools: if tools { vec![tool] } else { Vec::new() },
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn c10_any_cut_gives_the_same_pieces(
        parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..12),
        cuts in proptest::collection::vec(0_usize..400, 0..8),
        reading in reading(),
    ) {
        let answer = parts.concat();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| answer.is_char_boundary(*cut) && *cut <= answer.len()).collect();
        cuts.sort_unstable();
        for dialect in ALL {
            let pieces = parse(dialect, &reading, &answer, &[]);
            prop_assert_eq!(&parse(dialect, &reading, &answer, &cuts), &pieces, "{:?}", dialect);
            prop_assert_eq!(&by_character(dialect, &reading, &answer), &pieces, "{:?}", dialect);
        }
    }

    #[test]
    fn c10_text_without_marks_is_text(answer in "[a-z .,é👍\n]{0,80}") {
        for dialect in ALL {
            prop_assert_eq!(all_text(&whole(dialect, &answer)), answer.trim());
        }
    }
}
