//! A conversation and its tools made to fit the model, before anything is sent.

use aldo_backends::{Message, Role, ToolSpec};

use super::conversation::Conversation;
use super::stop::Stop;
use super::window::{Window, bytes, compacted, tool_bytes};

/// What a result is cut to where nothing else helps, in bytes.
const RESULT_BYTES_MIN: usize = 400;

/// What is sent, and how much of it there is.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) messages: Vec<Message>,
    pub(super) tools: Vec<ToolSpec>,
    pub(super) bytes: usize,
}

/// Returns how many steps must be left out so that the rest has room; `None` while it has room, or
/// where no step is left that could go. The last step always stays.
pub(super) fn steps_to_leave_out(
    conversation: &Conversation,
    tools: &[ToolSpec],
    window: &Window,
) -> Option<usize> {
    let tools = tool_bytes(tools);
    if !window.is_crowded(bytes(&conversation.messages()) + tools) {
        return None;
    }
    let most = conversation.len().saturating_sub(1);
    let mut shorter = conversation.clone();
    let enough = (conversation.left_out() + 1..=most).find(|steps| {
        shorter.leave_out(*steps, None);
        window.is_roomy(bytes(&shorter.messages()) + tools)
    });
    enough.or((most > conversation.left_out()).then_some(most))
}

/// Returns the conversation as it is sent: as it stands where it fits, else with results cut and tools
/// told in fewer words.
///
/// # Errors
/// [`Stop::DoesNotFit`] when that is not enough.
pub(super) fn fitted(
    conversation: &Conversation,
    tools: &[ToolSpec],
    window: &Window,
    tokens_max: usize,
) -> Result<Fitted, Stop> {
    let mut messages = conversation.messages();
    let mut tools = tools.to_vec();
    let size = |messages: &[Message], tools: &[ToolSpec]| bytes(messages) + tool_bytes(tools);
    if !window.fits(size(&messages, &tools), tokens_max) {
        tools = compacted(&tools);
    }
    if !window.fits(size(&messages, &tools), tokens_max) {
        cut_results(&mut messages);
    }
    let bytes_all = size(&messages, &tools);
    if !window.fits(bytes_all, tokens_max) {
        let of = |bytes| window.tokens_of(bytes);
        let system = messages
            .iter()
            .filter(|message| message.role == Role::System);
        return Err(Stop::DoesNotFit {
            tokens: of(bytes_all),
            prompt: of(system.map(|message| message.content.len()).sum()),
            tools: of(tool_bytes(&tools)),
            window: window.tokens(),
        });
    }
    Ok(Fitted {
        bytes: bytes_all,
        messages,
        tools,
    })
}

/// Returns `text`, cut with a note where it has more than `bytes_max` bytes.
pub(super) fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes_max);
    let left_out = text.len() - end;
    format!(
        "{}\n[{left_out} bytes more are not shown, because they would not fit]",
        &text[..end]
    )
}

fn cut_results(messages: &mut [Message]) {
    for message in messages {
        if message.role == Role::Tool {
            message.content = cut(&message.content, RESULT_BYTES_MIN);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::super::test_support::{candidate, spec};
    use super::*;

    /// A window of 1,000 tokens, three bytes each.
    fn window() -> Window {
        Window::of(&candidate(), &spec())
    }

    fn conversation(steps: usize, result_bytes: usize) -> Conversation {
        let mut all = Conversation::new(vec![Message::system("s"), Message::user("task")]);
        for _ in 0..steps {
            let result = Message::tool("1", "r".repeat(result_bytes));
            all.push(vec![Message::assistant(""), result]);
        }
        all
    }

    #[test]
    fn steps_are_left_out_at_80_percent_until_half_is_free() {
        let tools = [];
        let of = |steps| steps_to_leave_out(&conversation(steps, 268), &tools, &window());
        // A step is 300 bytes, 100 tokens; the beginning some 12.
        assert_eq!(of(7), None);
        assert_eq!(of(8), Some(4));
        let mut shorter = conversation(8, 268);
        shorter.leave_out(4, None);
        assert_eq!(steps_to_leave_out(&shorter, &tools, &window()), None);
    }

    #[test]
    fn the_last_step_stays_however_large_it_is() {
        assert_eq!(
            steps_to_leave_out(&conversation(3, 9_000), &[], &window()),
            Some(2)
        );
        assert_eq!(
            steps_to_leave_out(&conversation(1, 9_000), &[], &window()),
            None
        );
    }

    #[test]
    fn results_are_cut_and_tools_told_in_fewer_words_before_anything_is_refused() {
        let tool = ToolSpec {
            name: "t".to_owned(),
            description: "Does it.".to_owned(),
            parameters: json!({"type": "object", "description": "x".repeat(3_000)}),
        };
        let fitted = fitted(&conversation(1, 9_000), &[tool], &window(), 100).unwrap();
        assert!(fitted.messages[3].content.ends_with("would not fit]"));
        assert_eq!(fitted.tools[0].parameters, json!({"type": "object"}));
        assert_eq!(fitted.messages[1].content, "task");
    }

    #[test]
    fn what_cannot_fit_says_what_takes_the_room() {
        let long = Conversation::new(vec![
            Message::system("s".repeat(6_000)),
            Message::user("task"),
        ]);
        let stop = fitted(&long, &[], &window(), 100).unwrap_err();
        assert_eq!(
            stop.message().unwrap(),
            "the conversation needs about 2012 tokens (2000 of them the prompt, 0 the tools), and the model reads 1000"
        );
    }
}
