//! An answer from text alone, without server and clock: what fuzzing runs.

use std::time::Instant;

use super::assembler::Assembler;
use crate::openai_wire::{Chunk, ToolNames};
use crate::{Event, Message, Request, ToolSpec};

/// Puts together the answer whose chunks are `data`; returns its events up to the first thing that is
/// no chunk.
pub(crate) fn replay(data: impl IntoIterator<Item = String>) -> Vec<Event> {
    let tool = ToolSpec {
        name: "fs.read".to_owned(),
        description: String::new(),
        parameters: serde_json::json!({"type": "object"}),
    };
    let names = ToolNames::strict(std::slice::from_ref(&tool));
    let mut request = Request::new(vec![Message::user("u")]);
    request.tools = vec![tool];
    let mut assembler = Assembler::new(&request, Instant::now());
    let mut events = Vec::new();
    for text in data {
        let Ok(chunk) = Chunk::parse(&text) else {
            break;
        };
        match assembler.take(chunk) {
            Ok(more) => events.extend(more),
            Err(_) => return events,
        }
    }
    events.extend(assembler.end(&request.messages, &names).unwrap_or_default());
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_put_together_as_from_a_server() {
        let chunk = |delta: &str| format!("{{\"choices\": [{{\"delta\": {delta}}}]}}");
        let call =
            r#"{"tool_calls": [{"id": "a", "function": {"name": "fs_read", "arguments": "{}"}}]}"#;
        let events = replay([
            chunk("{\"content\": \"hi\"}"),
            chunk(call),
            "no chunk".to_owned(),
        ]);
        assert_eq!(events[0], Event::Text("hi".to_owned()));
        assert!(
            matches!(&events[1], Event::ToolCall(call) if call.name == "fs.read"),
            "{events:?}"
        );
        assert!(matches!(events[2], Event::Done { .. }));
    }
}
