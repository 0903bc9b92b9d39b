//! What was said, for who asks for it: in the JSON that the conventions describe, secrets taken out,
//! long texts cut.

use aldo_backends::{Finish, Message, Role};
use serde_json::{Value, json};

use crate::store::Redactor;

/// The longest text of a message that is sent, in bytes.
const TEXT_BYTES_MAX: usize = 8 << 10;

/// The most messages of one attribute.
const MESSAGES_MAX: usize = 16;

/// What an agent was given and what it gave back.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    instructions: Vec<Value>,
    given: Vec<Value>,
    output: Option<Value>,
}

impl Conversation {
    /// Adds a message that the model is given.
    pub(super) fn give(&mut self, message: &Message, redactor: &Redactor) {
        match message.role {
            Role::System => self.instructions.push(text(&message.content, redactor)),
            Role::User | Role::Assistant | Role::Tool => {
                if self.given.len() < MESSAGES_MAX {
                    self.given.push(of_message(message, None, redactor));
                }
            }
        }
    }

    /// Sets what was answered last.
    pub(super) fn answer(&mut self, message: &Message, redactor: &Redactor) {
        self.output = Some(of_message(message, None, redactor));
    }

    pub(super) fn instructions(&self) -> Option<String> {
        (!self.instructions.is_empty()).then(|| json!(self.instructions).to_string())
    }

    pub(super) fn given(&self) -> Option<String> {
        (!self.given.is_empty()).then(|| json!(self.given).to_string())
    }

    pub(super) fn output(&self) -> Option<String> {
        let output = self.output.as_ref()?;
        Some(json!([output]).to_string())
    }
}

/// Returns an answer as the only one of a list.
pub(super) fn answered(message: &Message, finish: Option<Finish>, redactor: &Redactor) -> String {
    json!([of_message(message, finish, redactor)]).to_string()
}

/// Returns a value without secrets; one that is too long as the beginning of its text.
pub(super) fn value(value: &Value, redactor: &Redactor) -> Value {
    let whole = redactor.json(value.clone());
    let written = whole.to_string();
    if written.len() <= TEXT_BYTES_MAX {
        return whole;
    }
    Value::String(cut(&written))
}

/// Returns a text without secrets, or its beginning.
pub(super) fn plain(text: &str, redactor: &Redactor) -> String {
    cut(&redactor.text(text))
}

fn of_message(message: &Message, finish: Option<Finish>, redactor: &Redactor) -> Value {
    let mut parts = Vec::new();
    if let Some(reasoning) = &message.reasoning {
        parts.push(json!({"type": "reasoning", "content": plain(reasoning, redactor)}));
    }
    match (&message.tool_call_id, message.content.is_empty()) {
        (Some(id), _) => {
            let response = plain(&message.content, redactor);
            parts.push(json!({"type": "tool_call_response", "id": id, "response": response}));
        }
        (None, false) => parts.push(text(&message.content, redactor)),
        (None, true) => {}
    }
    for call in &message.tool_calls {
        let arguments = value(&call.arguments, redactor);
        parts.push(
            json!({"type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments}),
        );
    }
    let mut row = json!({"role": message.role, "parts": parts});
    if let Some(finish) = finish {
        row["finish_reason"] = json!(finish);
    }
    row
}

fn text(content: &str, redactor: &Redactor) -> Value {
    json!({"type": "text", "content": plain(content, redactor)})
}

fn cut(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use aldo_backends::ToolCall;

    use super::*;

    fn redactor() -> Redactor {
        Redactor::new([("SOME_TOKEN".to_owned(), "canary-7171".to_owned())])
    }

    #[test]
    fn j01_secrets_are_taken_out_of_what_was_said() {
        let call = ToolCall {
            id: "c1".to_owned(),
            name: "fs.read".to_owned(),
            arguments: json!({"path": "canary-7171"}),
        };
        let message = Message {
            reasoning: Some("canary-7171?".to_owned()),
            ..Message::assistant("is canary-7171").with_tool_calls(vec![call])
        };
        let said = answered(&message, Some(Finish::ToolCalls), &redactor());
        insta::assert_snapshot!(said, @r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"[redacted:SOME_TOKEN]?"},{"type":"text","content":"is [redacted:SOME_TOKEN]"},{"type":"tool_call","id":"c1","name":"fs.read","arguments":{"path":"[redacted:SOME_TOKEN]"}}],"finish_reason":"tool_calls"}]"#);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ä".repeat(TEXT_BYTES_MAX);
        let said = plain(&long, &redactor());
        assert!(said.ends_with("ä…") && said.len() <= TEXT_BYTES_MAX + "…".len());
        let said = value(&json!({"text": long}), &redactor());
        assert!(said.as_str().is_some_and(|text| text.ends_with('…')));
    }

    #[test]
    fn instructions_and_messages_are_apart() {
        let mut conversation = Conversation::default();
        assert_eq!(conversation.given(), None);
        for message in [
            Message::system("Be brief."),
            Message::user("Hi"),
            Message::tool("c1", "ten lines"),
        ] {
            conversation.give(&message, &redactor());
        }
        conversation.answer(&Message::assistant("Ho"), &redactor());
        let all = [
            conversation.instructions(),
            conversation.given(),
            conversation.output(),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        [{"type":"text","content":"Be brief."}]
        [{"role":"user","parts":[{"type":"text","content":"Hi"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ten lines"}]}]
        [{"role":"assistant","parts":[{"type":"text","content":"Ho"}]}]
        "#);
    }
}
