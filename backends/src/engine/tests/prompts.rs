//! Requests in the shape of chat templates.

use aldo_models::{CallMarkup, Dialect, ReasoningMarkup};
use serde_json::json;

use super::*;
use crate::engine::messages::{to_template, tools_to_template};

const HERMES: Dialect = Dialect {
    reasoning: ReasoningMarkup::Think,
    calls: CallMarkup::Hermes,
};

fn call(arguments: serde_json::Value) -> ToolCall {
    ToolCall {
        id: "call00001".to_owned(),
        name: "weather".to_owned(),
        arguments,
    }
}

#[test]
fn a_conversation_with_a_call_has_the_shape_of_the_api() {
    let mut asking =
        Message::assistant("Let me see.").with_tool_calls(vec![call(json!({"city": "Oslo"}))]);
    asking.reasoning = Some("A tool knows.".to_owned());
    let messages = [
        Message::system("Be brief."),
        Message::user("Weather?"),
        asking,
        Message::tool("call00001", "rain"),
    ];
    assert_eq!(
        json!(to_template(&messages, HERMES)),
        json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": "Let me see.", "reasoning_content": "A tool knows.",
             "tool_calls": [{"id": "call00001", "type": "function",
                "function": {"name": "weather", "arguments": {"city": "Oslo"}}}]},
            {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "rain"},
        ])
    );
}

#[test]
fn tools_have_the_shape_of_the_api() {
    let spec = crate::ToolSpec {
        name: "time".to_owned(),
        description: "Says the time".to_owned(),
        parameters: json!({"type": "object"}),
    };
    assert_eq!(
        json!(tools_to_template(&[spec])),
        json!([{"type": "function", "function": {"name": "time", "description": "Says the time",
            "parameters": {"type": "object"}}}])
    );
}

#[test]
fn d11_a_malformed_call_never_goes_back_as_it_was() {
    let content = |text: &str| {
        let messages = [Message::assistant(text)];
        to_template(&messages, HERMES)[0]["content"]
            .as_str()
            .map(ToOwned::to_owned)
            .unwrap()
    };
    assert_eq!(
        content("I look.\n<tool_call>{\"name\": </tool_call>"),
        "I look."
    );
    assert_eq!(content("I look.\n<tool_call>{\"name\": \"wea"), "I look.");
    assert_eq!(content("Two < three, no call."), "Two < three, no call.");
}

#[test]
fn d11_arguments_are_always_an_object() {
    let arguments = |value| {
        let messages = [Message::assistant("").with_tool_calls(vec![call(value)])];
        to_template(&messages, HERMES)[0]["tool_calls"][0]["function"]["arguments"].clone()
    };
    assert_eq!(
        arguments(json!("{\"city\": \"Oslo\"}")),
        json!({"city": "Oslo"})
    );
    assert_eq!(arguments(json!("{\"city\": ")), json!({}));
    assert_eq!(arguments(json!(["Oslo"])), json!({}));
    assert_eq!(arguments(json!(null)), json!({}));
}

#[test]
fn numbers_of_calls_go_on_after_the_highest() {
    let mut late = call(json!({}));
    late.id = "call00007".to_owned();
    let messages = [Message::assistant("").with_tool_calls(vec![late, call(json!({}))])];
    assert_eq!(ToolCall::highest_number(&messages), 7);
    assert_eq!(ToolCall::id_of(8), "call00008");
}
