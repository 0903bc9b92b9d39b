//! Messages and tools in the shape that chat templates of Hugging Face expect.

use aldo_models::{Dialect, Piece, Reading};
use serde_json::{Map, Value, json};

use crate::{Message, Role, ToolCall, ToolSpec};

/// The messages as templates read them. Tool-call markup that an assistant's text still holds, whole
/// or broken, does not go back to the model: templates write calls themselves, and a model that sees
/// a broken one writes the next.
pub(super) fn to_template(messages: &[Message], dialect: Dialect) -> Vec<Value> {
    messages
        .iter()
        .map(|message| message_value(message, messages, dialect))
        .collect()
}

/// The tools as templates read them.
pub(super) fn tools_to_template(tools: &[ToolSpec]) -> Vec<Value> {
    tools
        .iter()
        .map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            }})
        })
        .collect()
}

fn message_value(message: &Message, history: &[Message], dialect: Dialect) -> Value {
    let mut value = Map::new();
    let mut set = |key: &str, field: Value| value.insert(key.to_owned(), field);
    match message.role {
        Role::System => {
            set("role", "system".into());
            set("content", message.content.as_str().into());
        }
        Role::User => {
            set("role", "user".into());
            set("content", message.content.as_str().into());
        }
        Role::Assistant => {
            set("role", "assistant".into());
            set("content", text_only(&message.content, dialect).into());
            if let Some(reasoning) = &message.reasoning {
                set("reasoning_content", reasoning.as_str().into());
            }
            if !message.tool_calls.is_empty() {
                set(
                    "tool_calls",
                    message.tool_calls.iter().map(call_value).collect(),
                );
            }
        }
        Role::Tool => {
            set("role", "tool".into());
            if let Some(name) = called_name(message, history) {
                set("name", name.into());
            }
            if let Some(id) = &message.tool_call_id {
                set("tool_call_id", id.as_str().into());
            }
            set("content", message.content.as_str().into());
        }
    }
    Value::Object(value)
}

fn call_value(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {
        "name": call.name,
        "arguments": object(&call.arguments),
    }})
}

/// The arguments as an object: templates iterate over them. Other backends keep them as JSON text,
/// and what is no object in any form is repaired to an empty one.
fn object(arguments: &Value) -> Value {
    let parsed = match arguments {
        Value::Object(_) => return arguments.clone(),
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    parsed.unwrap_or_else(|| Value::Object(Map::new()))
}

fn called_name<'a>(message: &Message, history: &'a [Message]) -> Option<&'a str> {
    let id = message.tool_call_id.as_ref()?;
    let calls = history.iter().flat_map(|message| &message.tool_calls);
    calls
        .filter(|call| call.id == *id)
        .map(|call| call.name.as_str())
        .next_back()
}

fn text_only(content: &str, dialect: Dialect) -> String {
    let mut parser = dialect.parser(Reading::default());
    let mut pieces = parser.push(content);
    pieces.extend(parser.finish());
    let has_call = |piece: &Piece| match piece {
        Piece::ToolCall { .. } | Piece::MalformedToolCall { .. } => true,
        Piece::Text(_) | Piece::Reasoning(_) => false,
    };
    if !pieces.iter().any(has_call) {
        return content.to_owned();
    }
    let texts = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text),
        Piece::Reasoning(_) | Piece::ToolCall { .. } | Piece::MalformedToolCall { .. } => None,
    });
    texts.collect::<String>().trim_end().to_owned()
}
