//! How much of a conversation the chosen model can read.
//!
//! Knows no tokenizer: bytes are turned into tokens by what the model itself counted last.

use aldo_backends::{Message, ToolSpec};
use serde_json::Value;

use crate::candidate::Candidate;
use crate::spec::AgentSpec;

/// Bytes that stand for a token before the model has counted any; in English it is about four.
const BYTES_PER_TOKEN: f64 = 3.0;
/// The same where a conversation would be refused: rather too many bytes than a wrong refusal.
const BYTES_PER_TOKEN_MAX: f64 = 4.5;
/// The range in which a model's own count is believed.
const BYTES_PER_TOKEN_RANGE: (f64, f64) = (0.5, 12.0);
/// What a template writes around a message, in bytes.
const MESSAGE_BYTES: usize = 16;

/// The share of the window that, once passed, shortens the conversation, in percent.
const SHORTEN_PERCENT: u64 = 80;
/// The share it is shortened to, in percent.
const SHORTENED_PERCENT: u64 = 50;
/// The share that all results of one turn may take together, in percent.
const RESULTS_PERCENT: u64 = 25;
/// The share that is kept free for an answer at least, as a divisor.
const ANSWER_SHARE: u64 = 8;

/// The window of the model that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    tokens: u64,
    bytes_per_token: f64,
    counted: bool,
}

impl Window {
    /// Returns the window of `candidate`, narrower where `spec` says so.
    pub(super) fn of(candidate: &Candidate, spec: &AgentSpec) -> Self {
        let wished = spec.iteration.as_ref().and_then(|it| it.context_window);
        let tokens = wished.map_or(candidate.context_tokens, |wished| {
            wished.min(candidate.context_tokens)
        });
        Self {
            tokens: tokens.max(1),
            bytes_per_token: BYTES_PER_TOKEN,
            counted: false,
        }
    }

    /// Returns how many tokens it holds.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Learns how many tokens the model made of so many bytes.
    pub(super) fn counted(&mut self, bytes: usize, tokens: u64) {
        if tokens > 0 {
            let (least, most) = BYTES_PER_TOKEN_RANGE;
            self.bytes_per_token = (bytes as f64 / tokens as f64).clamp(least, most);
            self.counted = true;
        }
    }

    /// Learns that the model holds fewer tokens than was said of it.
    pub(super) fn holds(&mut self, tokens: u64) {
        self.tokens = self.tokens.min(tokens.max(1));
    }

    /// Returns about how many tokens so many bytes are.
    pub(super) fn tokens_of(&self, bytes: usize) -> u64 {
        (bytes as f64 / self.bytes_per_token).ceil() as u64
    }

    /// Whether so many bytes are enough to shorten the conversation.
    pub(super) fn is_crowded(&self, bytes: usize) -> bool {
        self.tokens_of(bytes) > self.percent(SHORTEN_PERCENT)
    }

    /// Whether so many bytes are few enough that nothing more need be left out.
    pub(super) fn is_roomy(&self, bytes: usize) -> bool {
        self.tokens_of(bytes) <= self.percent(SHORTENED_PERCENT)
    }

    /// Whether so many bytes, and an answer of at most `tokens_max`, have room.
    pub(super) fn fits(&self, bytes: usize, tokens_max: usize) -> bool {
        let per_token = if self.counted {
            self.bytes_per_token
        } else {
            BYTES_PER_TOKEN_MAX
        };
        let answer = (tokens_max as u64).min(self.tokens / ANSWER_SHARE);
        (bytes as f64 / per_token) as u64 + answer <= self.tokens
    }

    /// Returns how many bytes one of `results` results may have.
    pub(super) fn result_bytes(&self, results: usize) -> usize {
        let tokens = self.percent(RESULTS_PERCENT) as f64;
        (tokens * self.bytes_per_token / results.max(1) as f64) as usize
    }

    /// Returns the bytes of half the window.
    pub(super) fn half_bytes(&self) -> usize {
        (self.percent(50) as f64 * self.bytes_per_token) as usize
    }

    fn percent(&self, share: u64) -> u64 {
        (u128::from(self.tokens) * u128::from(share) / 100) as u64
    }
}

/// Returns the bytes of what the model reads of `messages`; of past reasoning templates show nothing.
pub(super) fn bytes(messages: &[Message]) -> usize {
    messages.iter().map(message_bytes).sum()
}

fn message_bytes(message: &Message) -> usize {
    let calls = message.tool_calls.iter();
    let calls =
        calls.map(|call| MESSAGE_BYTES + call.name.len() + call.arguments.to_string().len());
    MESSAGE_BYTES + message.content.len() + calls.sum::<usize>()
}

/// Returns the bytes of what the model is told of `tools`.
pub(super) fn tool_bytes(tools: &[ToolSpec]) -> usize {
    let one = |tool: &ToolSpec| {
        MESSAGE_BYTES + tool.name.len() + tool.description.len() + tool.parameters.to_string().len()
    };
    tools.iter().map(one).sum()
}

/// Returns `tools` without what a model can do without: descriptions, titles and examples inside
/// their schemas, and all but the first sentence of their own.
pub(super) fn compacted(tools: &[ToolSpec]) -> Vec<ToolSpec> {
    let one = |tool: &ToolSpec| ToolSpec {
        name: tool.name.clone(),
        description: first_sentence(&tool.description).to_owned(),
        parameters: bare(&tool.parameters, false),
    };
    tools.iter().map(one).collect()
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// Removes the words of a schema that only explain. `names` says that the keys are those of
/// properties, which may be called `description` as well.
fn bare(schema: &Value, names: bool) -> Value {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| {
                names || !["description", "title", "examples", "$comment"].contains(&key.as_str())
            })
            .map(|(key, value)| (key.clone(), bare(value, !names && key == "properties")))
            .collect(),
        Value::Array(items) => items.iter().map(|item| bare(item, false)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_support::{candidate, spec};
    use super::*;

    #[test]
    fn a_window_learns_from_what_the_model_counts() {
        let mut window = Window::of(&candidate(), &spec());
        assert_eq!(window.tokens(), 1_000);
        assert!(window.is_crowded(2_403) && !window.is_crowded(2_400));
        window.counted(5_000, 1_000);
        assert!(window.is_crowded(4_005) && !window.is_crowded(4_000));
        assert!(window.is_roomy(2_500) && !window.is_roomy(2_505));
        window.counted(1, 1_000_000);
        assert_eq!(window.tokens_of(100), 200, "a count nobody believes");
        window.holds(64);
        window.holds(500);
        assert_eq!(window.tokens(), 64);
    }

    #[test]
    fn nothing_is_refused_on_a_guess_that_may_be_too_high() {
        let mut window = Window::of(&candidate(), &spec());
        assert!(window.fits(3_900, 100) && !window.fits(4_600, 100));
        window.counted(3_000, 1_000);
        assert!(!window.fits(2_800, 100) && window.fits(2_600, 100));
    }

    #[test]
    fn a_compact_schema_keeps_what_is_checked() {
        let tool = ToolSpec {
            name: "t".to_owned(),
            description: "Does it. And more.".to_owned(),
            parameters: json!({
                "type": "object", "title": "T",
                "properties": {"description": {"type": "string", "description": "text"}},
                "required": ["description"],
            }),
        };
        let compact = compacted(std::slice::from_ref(&tool));
        assert_eq!(compact[0].description, "Does it.");
        assert_eq!(
            compact[0].parameters,
            json!({
                "type": "object",
                "properties": {"description": {"type": "string"}},
                "required": ["description"],
            })
        );
        assert!(tool_bytes(&compact) < tool_bytes(&[tool]));
    }
}
