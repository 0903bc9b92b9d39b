//! Reasoning and calls that a server leaves in the text.

use aldo_models::{CallMarkup, Dialect, DialectParser, Piece, Reading, ReasoningMarkup};
use serde_json::json;

use crate::Event;

const THINK: &str = "<think>";

/// What came out of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// Something to show.
    Event(Event),
    /// A call that stood in the text, without an id.
    Call {
        /// The tool.
        name: String,
        /// Its arguments, an object.
        arguments: serde_json::Value,
    },
}

/// Separates text into parts while it arrives. `<think>` counts only at the beginning, and calls only
/// where the request has tools: elsewhere both may be what the answer is about.
#[derive(Debug)]
pub(super) struct Splitter {
    place: Place,
    tools: bool,
    /// The server separated reasoning; the white space between it and the text belongs to neither.
    after_reasoning: bool,
}

#[derive(Debug)]
enum Place {
    /// Nothing but white space and perhaps a beginning of `<think>` came.
    Start(String),
    /// There may be markup.
    Markup(Box<DialectParser>),
    /// There is none.
    Plain,
}

impl Splitter {
    /// Creates a splitter; `tools` says whether the request has any.
    pub(super) fn new(tools: bool) -> Self {
        Self {
            place: Place::Start(String::new()),
            tools,
            after_reasoning: false,
        }
    }

    /// Hears that the server separates reasoning itself.
    pub(super) fn reasoning_came(&mut self) {
        self.after_reasoning = true;
    }

    /// Takes more text.
    pub(super) fn push(&mut self, text: &str) -> Vec<Part> {
        match &mut self.place {
            Place::Markup(parser) => {
                let pieces = parser.push(text);
                self.parts(pieces)
            }
            Place::Plain => plain(text),
            Place::Start(pending) => {
                pending.push_str(text);
                let begun = pending.trim_start();
                let may_become_think = !self.after_reasoning && THINK.starts_with(begun);
                if begun.is_empty() || (may_become_think && begun != THINK) {
                    return Vec::new();
                }
                let thinking = begun.starts_with(THINK) && !self.after_reasoning;
                let pending = std::mem::take(pending);
                self.begin(thinking, &pending)
            }
        }
    }

    /// Returns what is left at the end.
    pub(super) fn finish(&mut self) -> Vec<Part> {
        match &mut self.place {
            Place::Markup(parser) => {
                let pieces = parser.finish();
                self.parts(pieces)
            }
            Place::Plain => Vec::new(),
            Place::Start(pending) if self.after_reasoning => plain(pending.trim_start()),
            Place::Start(pending) => plain(&std::mem::take(pending)),
        }
    }

    fn begin(&mut self, thinking: bool, pending: &str) -> Vec<Part> {
        if thinking || self.tools {
            let reasoning = if thinking {
                ReasoningMarkup::Think
            } else {
                ReasoningMarkup::None
            };
            let calls = CallMarkup::Hermes;
            let parser = Dialect { reasoning, calls }.parser(Reading::default());
            self.place = Place::Markup(Box::new(parser));
            return self.push(pending);
        }
        self.place = Place::Plain;
        plain(if self.after_reasoning {
            pending.trim_start()
        } else {
            pending
        })
    }

    fn parts(&self, pieces: Vec<Piece>) -> Vec<Part> {
        let part = |piece| match piece {
            Piece::ToolCall { name, arguments } if self.tools => Part::Call { name, arguments },
            Piece::MalformedToolCall { text, reason } if self.tools => {
                Part::Event(Event::MalformedToolCall { text, reason })
            }
            Piece::Reasoning(text) => Part::Event(Event::Reasoning(text)),
            Piece::Text(text) | Piece::MalformedToolCall { text, .. } => {
                Part::Event(Event::Text(text))
            }
            Piece::ToolCall { name, arguments } => {
                let call = json!({"name": name, "arguments": arguments});
                Part::Event(Event::Text(format!("<tool_call>{call}</tool_call>")))
            }
        };
        pieces.into_iter().map(part).collect()
    }
}

fn plain(text: &str) -> Vec<Part> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![Part::Event(Event::Text(text.to_owned()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text becomes, character by character and at once: text, reasoning and calls.
    fn split(text: &str, tools: bool, after_reasoning: bool) -> (String, String, Vec<String>) {
        let run = |pieces: Vec<String>| {
            let mut splitter = Splitter::new(tools);
            if after_reasoning {
                splitter.reasoning_came();
            }
            let mut parts: Vec<Part> = pieces
                .iter()
                .flat_map(|piece| splitter.push(piece))
                .collect();
            parts.extend(splitter.finish());
            let (mut shown, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
            for part in parts {
                match part {
                    Part::Event(Event::Text(text)) => shown.push_str(&text),
                    Part::Event(Event::Reasoning(text)) => reasoning.push_str(&text),
                    Part::Call { name, .. } => calls.push(name),
                    Part::Event(other) => calls.push(format!("{other:?}")),
                }
            }
            (shown, reasoning, calls)
        };
        let whole = run(vec![text.to_owned()]);
        assert_eq!(
            run(text.chars().map(String::from).collect()),
            whole,
            "{text}"
        );
        whole
    }

    fn parts(text: &str, reasoning: &str, calls: &[&str]) -> (String, String, Vec<String>) {
        let calls = calls.iter().map(ToString::to_string).collect();
        (text.to_owned(), reasoning.to_owned(), calls)
    }

    #[test]
    fn reasoning_at_the_beginning_of_the_text_is_separated() {
        assert_eq!(
            split("<think>\nhm\n</think>\n\nyes", false, false),
            parts("yes", "hm", &[])
        );
        assert_eq!(split("\n <think>hm", false, false), parts("", "hm", &[]));
        assert_eq!(
            split("use <think> tags", false, false),
            parts("use <think> tags", "", &[])
        );
        assert_eq!(split("<think>x", false, true), parts("<think>x", "", &[]));
        assert_eq!(split("<thin", false, false), parts("<thin", "", &[]));
        assert_eq!(split("<b>x", false, false), parts("<b>x", "", &[]));
    }

    #[test]
    fn calls_in_the_text_count_only_where_there_are_tools() {
        let text = "ok <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>";
        assert_eq!(split(text, true, false), parts("ok", "", &["f"]));
        assert_eq!(split(text, false, false), parts(text, "", &[]));
    }

    #[test]
    fn text_is_left_alone_but_for_the_space_after_reasoning() {
        assert_eq!(split("  a \n", false, false), parts("  a \n", "", &[]));
        assert_eq!(split("\n\na \n", false, true), parts("a \n", "", &[]));
        assert_eq!(split("\n\n", false, true), parts("", "", &[]));
        assert_eq!(split("", false, false), parts("", "", &[]));
    }
}
