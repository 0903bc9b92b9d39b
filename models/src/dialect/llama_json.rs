//! Llama 3.1: an answer that is `{"name": …, "parameters": {…}}`, several separated by `;`, with or
//! without `<|python_tag|>` before it.

use super::hermes::{call_of, json_call};
use super::json_end::JsonEnd;
use super::marked::{Anchor, CallReader, CallStep, Next};
use super::words::PYTHON_TAG;
use super::{Piece, Tool, pythonic};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

/// The keys a call begins with.
const FIRST_KEYS: [&str; 3] = ["\"name\"", "\"type\"", "\"function\""];

/// Whether an answer that begins with `text` is a call: whether its first key is one of a call's.
pub(super) fn anchor(text: &str) -> Anchor {
    let Some(rest) = text.strip_prefix('{') else {
        return Anchor::No;
    };
    let rest = rest.trim_start();
    if FIRST_KEYS.iter().any(|key| rest.starts_with(key)) {
        Anchor::Yes
    } else if FIRST_KEYS.iter().any(|key| key.starts_with(rest)) {
        Anchor::Maybe
    } else {
        Anchor::No
    }
}

#[derive(Debug)]
pub(super) struct LlamaCalls {
    /// The mark before it; empty where the answer just begins so.
    mark: &'static str,
    end: JsonEnd,
    /// Where the object begins, once that is known.
    start: Option<usize>,
}

impl LlamaCalls {
    pub(super) fn new(mark: &'static str) -> Self {
        Self {
            mark,
            end: JsonEnd::default(),
            start: None,
        }
    }

    /// What an object is: a call, or, where nothing else says that it was meant as one, text.
    fn piece(&self, json: &str) -> Piece {
        let meant = self.mark == PYTHON_TAG
            || ["\"parameters\"", "\"arguments\""]
                .iter()
                .any(|key| json.contains(key));
        if !meant {
            return Piece::Text(json.to_owned());
        }
        match call_of(json) {
            Ok(piece) => piece,
            Err(reason) => Piece::MalformedToolCall {
                text: format!("{}{json}", self.mark),
                reason,
            },
        }
    }
}

impl CallReader for LlamaCalls {
    fn step(&mut self, body: &str) -> CallStep {
        let start = if let Some(start) = self.start {
            start
        } else {
            let begun = body.trim_start_matches([';', ' ', '\n', '\t', '\r']);
            if begun.is_empty() {
                return CallStep::More;
            }
            let start = body.len() - begun.len();
            if !begun.starts_with('{') {
                return self.other(start);
            }
            *self.start.insert(start)
        };
        match self.end.search(&body[start..]) {
            None => CallStep::More,
            Some(length) => {
                let end = start + length;
                CallStep::Done {
                    used: end,
                    pieces: vec![self.piece(&body[start..end])],
                    next: Next::Call,
                }
            }
        }
    }

    fn finish(&mut self, body: &str) -> CallStep {
        let trimmed = body
            .trim_start_matches([';', ' ', '\n', '\t', '\r'])
            .trim_end();
        let piece = if trimmed.is_empty() {
            None
        } else if trimmed.starts_with('{') {
            Some(self.piece(trimmed))
        } else {
            Some(
                pythonic::builtin(trimmed).unwrap_or_else(|reason| Piece::MalformedToolCall {
                    text: format!("{}{trimmed}", self.mark),
                    reason,
                }),
            )
        };
        CallStep::Done {
            used: body.len(),
            pieces: piece.into_iter().collect(),
            next: Next::Text,
        }
    }
}

impl LlamaCalls {
    /// What follows is no object: after the mark the call of a built-in tool, which has no end of its
    /// own; after a call the answer goes on as text.
    fn other(&self, start: usize) -> CallStep {
        if self.mark == PYTHON_TAG && start == 0 {
            return CallStep::More;
        }
        CallStep::Done {
            used: 0,
            pieces: Vec::new(),
            next: Next::Text,
        }
    }
}

/// The rules of calls to `tools`.
pub(crate) fn rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    const BEGINNING: &str = "{\"name\"";
    let json = json_call(lark, tools, "parameters")?;
    let gap = Lark::text("; ");
    let list = lark.rule(&format!("{json} ({gap} {json})*"));
    // What stands after the beginning by which a call is known.
    let mut rests = Vec::new();
    for tool in tools {
        let arguments = lark.arguments(tool)?;
        let name = serde_json::Value::from(tool.name.as_str());
        let head = Lark::text(&format!(": {name}, \"parameters\": "));
        let tail = Lark::text("}");
        rests.push(format!("{head} {arguments} {tail}"));
    }
    let rest = lark.rule(&format!("({}) ({gap} {json})*", rests.join(" | ")));
    let mut triggers = vec![Trigger::at_beginning(BEGINNING, rest)];
    if lark.knows(PYTHON_TAG) {
        triggers.push(Trigger::anywhere(PYTHON_TAG, list.clone()));
    }
    Ok(CallRules {
        triggers,
        whole: list,
    })
}
