//! Steps that are left out, summed up by the same model: at the run's own tier, and nowhere else.

use std::fmt::Write;

use aldo_backends::{Message, Role};

use super::conversation::Conversation;

/// The most tokens of a summary.
pub(super) const TOKENS_MAX: u64 = 400;

/// The share of the window a summary may take, as a divisor.
const WINDOW_SHARE: u64 = 8;

/// How much of one message is summed up, in bytes.
const MESSAGE_BYTES_MAX: usize = 2_000;

const SYSTEM: &str = "You keep the notes of an agent that works in steps. Sum up what it has done: what it \
was asked, what it found out, what it changed, what is left to do. Keep names, paths and numbers. Write a few \
plain sentences and nothing else.";

/// Returns the most tokens a summary may have in a window of so many.
pub(super) fn tokens_max(window: u64) -> usize {
    (window / WINDOW_SHARE).clamp(1, TOKENS_MAX) as usize
}

/// Returns the request that sums up the first `steps` steps, going on from what was summed up before;
/// the transcript has at most `bytes_max` bytes, of which the latest count most.
pub(super) fn request(conversation: &Conversation, steps: usize, bytes_max: usize) -> Vec<Message> {
    let mut transcript = String::new();
    if let Some(before) = conversation.summary() {
        // Writing to a String cannot fail.
        let _ = writeln!(transcript, "Notes so far: {before}");
    }
    let new = conversation.steps(conversation.left_out(), steps);
    for message in new.iter().flatten() {
        line(&mut transcript, message);
    }
    let start = transcript.len().saturating_sub(bytes_max);
    let start = transcript.ceil_char_boundary(start);
    vec![
        Message::system(SYSTEM),
        Message::user(transcript.split_off(start)),
    ]
}

fn line(transcript: &mut String, message: &Message) {
    let who = match message.role {
        Role::System | Role::User => "Told",
        Role::Assistant => "Agent",
        Role::Tool => "Result",
    };
    let end = message.content.floor_char_boundary(MESSAGE_BYTES_MAX);
    let text = message.content[..end].trim();
    if !text.is_empty() {
        let _ = writeln!(transcript, "{who}: {text}");
    }
    for call in &message.tool_calls {
        let _ = writeln!(transcript, "Agent calls {} {}", call.name, call.arguments);
    }
}

#[cfg(test)]
mod tests {
    use aldo_backends::ToolCall;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_goes_on_from_the_one_before() {
        let mut all = Conversation::new(vec![Message::user("task")]);
        for n in 1..=3 {
            let call = ToolCall {
                id: n.to_string(),
                name: "fs.read".to_owned(),
                arguments: json!({"path": n}),
            };
            let said = Message::assistant("").with_tool_calls(vec![call]);
            all.push(vec![
                said,
                Message::tool(n.to_string(), format!("text {n}")),
            ]);
        }
        all.leave_out(1, Some("read 1".to_owned()));
        let request = request(&all, 2, 1_000);
        assert_eq!(
            request[1].content,
            "Notes so far: read 1\nAgent calls fs.read {\"path\":2}\nResult: text 2\n"
        );
        let short = super::request(&all, 2, 7);
        assert_eq!(short[1].content, "text 2\n");
        assert_eq!(tokens_max(800), 100);
        assert_eq!(tokens_max(1 << 20), 400);
    }
}
