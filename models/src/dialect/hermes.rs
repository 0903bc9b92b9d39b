//! Hermes and Qwen: `<think>…</think>` and `<tool_call>{"name": …, "arguments": {…}}</tool_call>`.

use serde::Deserialize;
use serde_json::Value;

use super::Piece;
use super::search::CallSearch;

const THINK: &str = "<think>";
const THINK_END: &str = "</think>";
pub(super) const CALL: &str = "<tool_call>";
pub(super) const CALL_END: &str = "</tool_call>";

/// The longest call in bytes; what is longer is given back as text that cannot be a call.
const CALL_BYTES_MAX: usize = 1 << 20;

/// What a call must be.
#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// Where in an answer the parser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Reasoning,
    Call,
}

#[derive(Debug)]
pub(super) struct Hermes {
    thinking: bool,
    place: Place,
    /// What has come and is not certain yet: a possible beginning of markup, or an open call.
    pending: String,
    call: CallSearch,
    /// White space that is shown only if text follows it in the same place.
    held_space: String,
    /// Whether text or reasoning was shown since markup last ended.
    shown: bool,
}

impl Hermes {
    pub(super) fn new(thinking: bool, starts_in_reasoning: bool) -> Self {
        Self {
            thinking,
            place: if thinking && starts_in_reasoning {
                Place::Reasoning
            } else {
                Place::Text
            },
            pending: String::new(),
            call: CallSearch::default(),
            held_space: String::new(),
            shown: false,
        }
    }

    pub(super) fn in_reasoning(&self) -> bool {
        self.place == Place::Reasoning
    }

    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.pending.push_str(text);
        let mut pieces = Vec::new();
        while self.step(&mut pieces) {}
        pieces
    }

    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while self.place == Place::Call && self.finish_call(&mut pieces) {
            while self.step(&mut pieces) {}
        }
        let rest = std::mem::take(&mut self.pending);
        if self.place != Place::Call {
            self.show(&rest, &mut pieces);
        }
        pieces
    }

    /// Takes one stretch from `pending`; false when more must come first.
    fn step(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let found = match self.place {
            Place::Call => return self.step_in_call(pieces),
            Place::Reasoning => first_of(&self.pending, &[THINK_END]),
            Place::Text if self.thinking => first_of(&self.pending, &[THINK, CALL]),
            Place::Text => first_of(&self.pending, &[CALL]),
        };
        let (certain, markup) = match found {
            Some((at, markup)) => (at, Some(markup)),
            None => (self.pending.len() - self.open_markup(), None),
        };
        let text: String = self.pending.drain(..certain).collect();
        self.show(&text, pieces);
        let Some(markup) = markup else {
            return false;
        };
        self.pending.drain(..markup.len());
        self.enter(match markup {
            THINK => Place::Reasoning,
            CALL => Place::Call,
            _ => Place::Text,
        });
        true
    }

    fn step_in_call(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let Some((at, markup)) = self.call.search(&self.pending) else {
            if self.pending.len() < CALL_BYTES_MAX + CALL_END.len() {
                return false;
            }
            self.give_up_call(pieces);
            return true;
        };
        if at > CALL_BYTES_MAX {
            self.give_up_call(pieces);
            return true;
        }
        let call = read_call(&self.pending[..at], markup);
        if markup == CALL && !matches!(call, Piece::ToolCall { .. }) {
            return true; // an opening mark inside something else is part of it
        }
        self.pending.drain(..at + markup.len());
        pieces.push(call);
        self.enter(if markup == CALL {
            Place::Call
        } else {
            Place::Text
        });
        true
    }

    /// Gives back the longest beginning of a call that is too long to be one.
    fn give_up_call(&mut self, pieces: &mut Vec<Piece>) {
        let cut = floor(&self.pending, CALL_BYTES_MAX);
        let text: String = self.pending.drain(..cut).collect();
        pieces.push(Piece::MalformedToolCall {
            text: format!("{CALL}{text}"),
            reason: format!("the call is longer than {CALL_BYTES_MAX} bytes"),
        });
        self.enter(Place::Text);
    }

    /// Ends a call that the answer did not: whole without its mark, or cut off. One whose mark stood
    /// in a string that never ended is cut there, and the rest is read again.
    fn finish_call(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let whole = read_call(&self.pending, "");
        if matches!(whole, Piece::ToolCall { .. }) {
            self.pending.clear();
            pieces.push(whole);
            return false;
        }
        if let Some(at) = self.call.first_in_string {
            pieces.push(read_call(&self.pending[..at], CALL_END));
            self.pending.drain(..at + CALL_END.len());
            self.enter(Place::Text);
            return true;
        }
        pieces.push(Piece::MalformedToolCall {
            text: format!("{CALL}{}", std::mem::take(&mut self.pending)),
            reason: format!("the answer ends before `{CALL_END}`"),
        });
        false
    }

    fn enter(&mut self, place: Place) {
        self.place = place;
        self.call = CallSearch::default();
        self.held_space.clear();
        self.shown = false;
    }

    /// Emits `text`, without the white space that stands only between markup.
    fn show(&mut self, text: &str, pieces: &mut Vec<Piece>) {
        let text = if self.shown { text } else { text.trim_start() };
        let kept = text.trim_end();
        if kept.is_empty() {
            if self.shown {
                self.held_space.push_str(text);
            }
            return;
        }
        let mut out = std::mem::take(&mut self.held_space);
        out.push_str(kept);
        self.held_space.push_str(&text[kept.len()..]);
        self.shown = true;
        pieces.push(match self.place {
            Place::Reasoning => Piece::Reasoning(out),
            Place::Text | Place::Call => Piece::Text(out),
        });
    }

    /// The length of the end of `pending` that could be the beginning of markup.
    fn open_markup(&self) -> usize {
        let markups: &[&str] = match self.place {
            Place::Reasoning => &[THINK_END],
            Place::Text | Place::Call if self.thinking => &[THINK, CALL],
            Place::Text | Place::Call => &[CALL],
        };
        let longest = |markup: &str| {
            (1..markup.len())
                .rev()
                .find(|length| self.pending.ends_with(&markup[..*length]))
        };
        markups
            .iter()
            .filter_map(|markup| longest(markup))
            .max()
            .unwrap_or(0)
    }
}

/// The markup that comes first in `text`, and where.
fn first_of(text: &str, markups: &[&'static str]) -> Option<(usize, &'static str)> {
    let places = markups
        .iter()
        .filter_map(|markup| Some((text.find(markup)?, *markup)));
    places.min_by_key(|(at, _)| *at)
}

/// The greatest character boundary that is not after `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Reads what stands between the marks of a call, of which `end` is the second.
fn read_call(body: &str, end: &str) -> Piece {
    let malformed = |reason: String| Piece::MalformedToolCall {
        text: format!("{CALL}{body}{end}"),
        reason,
    };
    let call: Call = match serde_json::from_str(body.trim()) {
        Ok(call) => call,
        Err(error) => return malformed(format!("the call is not valid JSON: {error}")),
    };
    // Some checkpoints write the arguments as a string that holds JSON.
    let arguments = match call.arguments {
        Value::Null => Value::Object(serde_json::Map::new()),
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    };
    match arguments {
        Value::Object(_) if !call.name.is_empty() => Piece::ToolCall {
            name: call.name,
            arguments,
        },
        Value::Object(_) => malformed("the call names no tool".to_owned()),
        _ => malformed("the arguments are not an object".to_owned()),
    }
}

#[cfg(test)]
#[path = "hermes_tests.rs"]
mod tests;
