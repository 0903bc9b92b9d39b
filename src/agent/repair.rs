//! A call that cannot be read, written again by a model whose decoding can be held to a schema.

use aldo_backends::{Message, ResponseFormat, ToolCall, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most tokens a call that is written again may have.
pub(super) const TOKENS_MAX: usize = 512;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    name: String,
    arguments: Value,
}

/// Returns what a call must look like: the name of one of `tools`, with its arguments.
pub(super) fn form(tools: &[ToolSpec]) -> ResponseFormat {
    let one = |tool: &ToolSpec| {
        json!({
            "type": "object",
            "properties": {"name": {"const": tool.name}, "arguments": tool.parameters},
            "required": ["name", "arguments"],
            "additionalProperties": false,
        })
    };
    let mut forms: Vec<Value> = tools.iter().map(one).collect();
    ResponseFormat::JsonSchema(match forms.len() {
        1 => forms.remove(0),
        _ => json!({ "anyOf": forms }),
    })
}

/// Returns the request's last messages: what was said so far, never the call as it was written, and
/// what to do now.
pub(super) fn question(answer: Message, reason: &str, tools: &[ToolSpec]) -> Vec<Message> {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let ask = Message::user(format!(
        "Your tool call could not be read: {reason}. Write that call again as JSON with the keys `name` \
         and `arguments`. The tools are `{}`.",
        names.join("`, `")
    ));
    // An answer of nothing but a broken call says nothing any more.
    let said = (!answer.content.is_empty()).then_some(answer);
    said.into_iter().chain([ask]).collect()
}

/// Reads the call that was written again.
pub(super) fn read(text: &str, id: String) -> Option<ToolCall> {
    let call: Call = serde_json::from_str(text.trim()).ok()?;
    call.arguments.is_object().then_some(ToolCall {
        id,
        name: call.name,
        arguments: call.arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> ToolSpec {
        ToolSpec {
            name: name.to_owned(),
            description: "Does it.".to_owned(),
            parameters: json!({"type": "object", "properties": {}}),
        }
    }

    #[test]
    fn a_call_may_be_of_any_tool_with_its_own_arguments() {
        let ResponseFormat::JsonSchema(one) = form(&[tool("a")]) else {
            panic!("a schema")
        };
        assert_eq!(one["properties"]["name"]["const"], "a");
        let ResponseFormat::JsonSchema(two) = form(&[tool("a"), tool("b")]) else {
            panic!("a schema")
        };
        assert_eq!(two["anyOf"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn d11_what_could_not_be_read_is_not_said_again() {
        let messages = question(Message::assistant(""), "it does not end", &[tool("a")]);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].content.contains("it does not end"));
        assert_eq!(
            question(Message::assistant("hm"), "no", &[tool("a")]).len(),
            2
        );
    }

    #[test]
    fn only_a_whole_call_is_a_call() {
        let call = read(r#" {"name": "a", "arguments": {"x": 1}}"#, "1".to_owned());
        assert_eq!(call.map(|call| call.arguments), Some(json!({"x": 1})));
        for text in [
            "",
            "{}",
            r#"{"name":"a","arguments":[]}"#,
            r#"{"name":"a"}"#,
        ] {
            assert_eq!(read(text, String::new()), None, "{text}");
        }
    }
}
