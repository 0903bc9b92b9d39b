use super::*;
use crate::runtimes::Runtime;

fn call(id: &str, name: &str, arguments: Value) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments,
    }
}

fn wire(history: &[Message]) -> Value {
    let profile = Profile::new(Some(Runtime::LlamaCpp));
    messages(history, &ToolNames::as_they_are(), profile, None)
}

#[test]
fn a_tidy_history_is_sent_as_it_is() {
    let history = [
        Message::system("s"),
        Message::user("u"),
        Message::assistant("").with_tool_calls(vec![call("call00001", "f", json!({"x": 1}))]),
        Message::tool("call00001", "r"),
        Message::assistant("a"),
    ];
    assert_eq!(
        wire(&history),
        json!([
            {"role": "system", "content": "s"},
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": "", "tool_calls": [
                {"id": "call00001", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
            ]},
            {"role": "tool", "content": "r", "tool_call_id": "call00001"},
            {"role": "assistant", "content": "a"},
        ])
    );
}

#[test]
fn d11_malformed_calls_in_the_history_are_put_right_before_sending() {
    let history = [
        Message::user("u"),
        Message::assistant("").with_tool_calls(vec![
            call("", "f", json!("{\"x\": 1}")),
            call("a", "g", json!("{\"x\": ")),
            call("a", "h", json!([1])),
            call("b", " ", json!({})),
            call("c", "i", Value::Null),
        ]),
        Message::tool("a", "of g"),
        Message::tool("", "of f"),
        Message::tool("b", "of nobody"),
        Message::user("go on"),
    ];
    let sent = wire(&history);
    let calls: Vec<(&str, &str, &str)> = sent[1]["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            let function = &call["function"];
            let text = |value: &'static str| function[value].as_str().unwrap();
            (
                call["id"].as_str().unwrap(),
                text("name"),
                text("arguments"),
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("call00001", "f", "{\"x\":1}"),
            ("a", "g", "{\"value\":\"{\\\"x\\\": \"}"),
            ("call00002", "h", "{\"value\":[1]}"),
            ("c", "i", "{}"),
        ]
    );
    let rest: Vec<(&str, &str, &str)> = sent.as_array().unwrap()[2..]
        .iter()
        .map(|message| {
            let text = |value: &'static str| message[value].as_str().unwrap_or_default();
            (text("role"), text("tool_call_id"), text("content"))
        })
        .collect();
    assert_eq!(
        rest,
        [
            ("tool", "a", "of g"),
            ("tool", "call00001", "of f"),
            ("tool", "call00002", "the tool gave no result"),
            ("tool", "c", "the tool gave no result"),
            ("user", "", "The result of a tool:\nof nobody"),
            ("user", "", "go on"),
        ]
    );
}

#[test]
fn d11_a_call_at_the_end_without_a_result_gets_one() {
    let history = [Message::assistant("").with_tool_calls(vec![call("a", "f", json!({}))])];
    assert_eq!(wire(&history)[1]["content"], "the tool gave no result");
}

#[test]
fn what_is_asked_in_words_joins_the_system_message() {
    let profile = Profile::new(None);
    let names = ToolNames::as_they_are();
    let with = messages(&[Message::system("s")], &names, profile, Some("w"));
    assert_eq!(with, json!([{"role": "system", "content": "s\n\nw"}]));
    let without = messages(&[Message::user("u")], &names, profile, Some("w"));
    assert_eq!(without[0], json!({"role": "system", "content": "w"}));
}

#[test]
fn reasoning_goes_back_only_to_servers_that_take_it() {
    let history = [Message {
        reasoning: Some("r".to_owned()),
        ..Message::assistant("a")
    }];
    assert_eq!(wire(&history)[0]["reasoning_content"], "r");
    let other = messages(
        &history,
        &ToolNames::as_they_are(),
        Profile::new(None),
        None,
    );
    assert_eq!(other, json!([{"role": "assistant", "content": "a"}]));
}

#[test]
fn images_stand_beside_the_text_as_data_urls() {
    let png = crate::Image::new(b"\x89PNG\r\n\x1a\n".to_vec()).unwrap();
    let history = [Message::user("what is it?").with_images(vec![png])];
    assert_eq!(
        wire(&history)[0]["content"],
        json!([
            {"type": "text", "text": "what is it?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        ])
    );
}
