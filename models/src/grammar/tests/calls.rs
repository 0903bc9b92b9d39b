//! Calls that are valid by construction, in every dialect.

use super::*;
use crate::dialect::Piece;

const DIALECTS: [(CallMarkup, &str); 9] = [
    (CallMarkup::Hermes, "<tool_call>"),
    (CallMarkup::QwenCoder, "<tool_call>"),
    (CallMarkup::LlamaJson, "{\"name\""),
    (CallMarkup::LlamaJson, "<|python_tag|>"),
    (CallMarkup::Pythonic, "[weather("),
    (CallMarkup::MistralList, "[TOOL_CALLS]"),
    (CallMarkup::MistralNamed, "[TOOL_CALLS]"),
    (CallMarkup::DeepSeekFenced, "<｜tool▁calls▁begin｜>"),
    (CallMarkup::DeepSeek, "<｜tool▁calls▁begin｜>"),
];

fn tools() -> Vec<Tool> {
    vec![weather(), now()]
}

fn check(dialect: Dialect, opening: &str, seed: u64) {
    let rules = Rules {
        tools: tools(),
        ..Rules::default()
    };
    let mut guide = plan(dialect, &rules).guide(false);
    assert!(write(&mut guide, opening), "{dialect:?}");
    assert!(guide.is_ruled(), "{dialect:?} after {opening}");
    let mut dice = Dice::new(seed);
    let mut text = opening.to_owned();
    let tokenizer = tokenizer();
    let mut detokenizer = tokenizer.detokenizer();
    while guide.is_ruled() && !guide.is_over() {
        let token = choose(guide.allowed().unwrap(), &mut dice);
        if guide.accept(token).unwrap() && !tokenizer.is_end(token) {
            text += &detokenizer.push(token);
        }
        assert!(text.len() < 4000, "{dialect:?}: {text}");
    }
    let reading = Reading {
        tools: tools(),
        ..Reading::default()
    };
    let mut parser = dialect.parser(reading);
    let mut pieces = parser.push(&text);
    pieces.extend(parser.finish());
    assert!(!pieces.is_empty(), "{dialect:?}: {text}");
    for piece in &pieces {
        let Piece::ToolCall { name, arguments } = piece else {
            panic!("{dialect:?}: {text}\n{pieces:?}");
        };
        let tool = tools().into_iter().find(|tool| tool.name == *name).unwrap();
        let validator = jsonschema::options()
            .offline()
            .build(&tool.parameters)
            .unwrap();
        assert!(
            validator.is_valid(arguments),
            "{dialect:?}: {text}\n{arguments}"
        );
    }
}

#[test]
fn c10_calls_by_chance_are_valid_in_every_dialect() {
    for (calls, opening) in DIALECTS {
        let reasoning = ReasoningMarkup::None;
        for seed in 0..12 {
            check(Dialect { reasoning, calls }, opening, seed);
        }
    }
}

#[test]
fn c10_calls_by_chance_are_valid_in_harmony() {
    let dialect = Dialect {
        reasoning: ReasoningMarkup::Harmony,
        calls: CallMarkup::Harmony,
    };
    for seed in 0..12 {
        check(dialect, "<|channel|>commentary to=functions.", seed);
        check(dialect, " to=functions.", seed);
    }
}

#[test]
fn text_and_reasoning_stay_free_and_a_mark_in_reasoning_is_no_call() {
    let dialect = Dialect {
        reasoning: ReasoningMarkup::Think,
        calls: CallMarkup::Hermes,
    };
    let rules = Rules {
        tools: tools(),
        may_reason: true,
        ..Rules::default()
    };
    let mut guide = plan(dialect, &rules).guide(false);
    assert!(write(&mut guide, "<think>maybe <tool_call>{} or not"));
    assert!(guide.allowed().unwrap().is_none() && !guide.is_ruled());
    assert!(write(
        &mut guide,
        "</think>I look. <tool_call>\n{\"name\": \"now\", \"arguments\": {}}"
    ));
    assert!(guide.is_ruled());
    assert!(!write(&mut guide, " "));
    assert!(write(&mut guide, "\n</tool_call>"));
    assert!(!guide.is_ruled(), "text again");
    assert!(write(
        &mut guide,
        "\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\", \"days\": 1"
    ));
    assert!(!write(&mut guide, "5"), "the schema says 14 at most");
}

#[test]
fn a_tool_that_is_not_there_cannot_be_called() {
    let dialect = Dialect {
        reasoning: ReasoningMarkup::None,
        calls: CallMarkup::Hermes,
    };
    let rules = Rules {
        tools: tools(),
        ..Rules::default()
    };
    let plan = plan(dialect, &rules);
    let writes = |text: &str| write(&mut plan.guide(false), text);
    assert!(writes("<tool_call>\n{\"name\": \"now\", "));
    assert!(!writes("<tool_call>\n{\"name\": \"rm\""));
}

#[test]
fn an_answer_with_a_form_may_be_a_call_instead() {
    let dialect = Dialect {
        reasoning: ReasoningMarkup::None,
        calls: CallMarkup::Hermes,
    };
    let rules = Rules {
        response: ResponseFormat::JsonSchema(json!({"const": 7})),
        tools: tools(),
        ..Rules::default()
    };
    let plan = plan(dialect, &rules);
    let writes = |text: &str| write(&mut plan.guide(false), text);
    assert!(writes("7"));
    assert!(writes(
        "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"
    ));
    assert!(!writes("some text"));
}
