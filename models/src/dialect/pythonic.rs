//! Llama 3.2 and 4: an answer that is a list of calls in Python's notation, `[name(key=value), …]`.

mod literal;

use serde_json::{Map, Value};

use super::hermes::call_of;
use super::marked::{Anchor, CallReader, CallStep, Next};
use super::words::{PYTHON_END, PYTHON_START};
use super::{Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};
use literal::Reader;

/// Whether an answer that begins with `text` is a list of calls: `[`, a name, `(`.
pub(super) fn anchor(text: &str) -> Anchor {
    let Some(rest) = text.strip_prefix('[') else {
        return Anchor::No;
    };
    let name = rest.find(|c: char| !is_name_part(c));
    match name {
        None if rest.len() <= 256 => Anchor::Maybe,
        Some(at) if at > 0 && rest[at..].starts_with('(') => Anchor::Yes,
        None | Some(_) => Anchor::No,
    }
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-'
}

#[derive(Debug)]
pub(super) struct PythonicCalls {
    /// The mark before it; empty where the answer just begins so.
    mark: &'static str,
    searched: usize,
    depth: usize,
    quote: Option<u8>,
    escaped: bool,
}

impl PythonicCalls {
    pub(super) fn new(mark: &'static str) -> Self {
        Self {
            mark,
            searched: 0,
            depth: 0,
            quote: None,
            escaped: false,
        }
    }

    /// Finds where the list that begins `body` closes.
    fn search(&mut self, body: &str) -> Option<usize> {
        while let Some(&byte) = body.as_bytes().get(self.searched) {
            self.searched += 1;
            match (byte, self.quote) {
                _ if self.escaped => self.escaped = false,
                (b'\\', Some(_)) => self.escaped = true,
                (_, Some(quote)) if byte == quote => self.quote = None,
                (b'"' | b'\'', None) => self.quote = Some(byte),
                (b'[' | b'(' | b'{', None) => self.depth += 1,
                (b']' | b')' | b'}', None) => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.searched);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn read(&self, list: &str) -> Vec<Piece> {
        let read = if list.trim_start().starts_with('{') {
            call_of(list).map(|call| vec![call])
        } else {
            calls(list)
        };
        read.unwrap_or_else(|reason| {
            vec![Piece::MalformedToolCall {
                text: format!("{}{list}", self.mark),
                reason,
            }]
        })
    }
}

impl CallReader for PythonicCalls {
    fn step(&mut self, body: &str) -> CallStep {
        let Some(end) = self.search(body) else {
            return CallStep::More;
        };
        // The closing mark has no meaning of its own, and is waited for so that it is not shown.
        let rest = &body[end..];
        let used = if self.mark != PYTHON_START {
            end
        } else if rest.starts_with(PYTHON_END) {
            end + PYTHON_END.len()
        } else if PYTHON_END.starts_with(rest) {
            self.depth = 1;
            self.searched = end - 1;
            return CallStep::More;
        } else {
            end
        };
        CallStep::Done {
            used,
            pieces: self.read(&body[..end]),
            next: Next::Text,
        }
    }

    fn finish(&mut self, body: &str) -> CallStep {
        let list = PYTHON_END
            .char_indices()
            .find_map(|(at, _)| body.strip_suffix(&PYTHON_END[..PYTHON_END.len() - at]))
            .filter(|_| self.mark == PYTHON_START)
            .unwrap_or(body);
        CallStep::Done {
            used: body.len(),
            pieces: self.read(list),
            next: Next::Text,
        }
    }
}

/// Reads `[name(key=value, …), …]`.
fn calls(list: &str) -> Result<Vec<Piece>, String> {
    let mut reader = Reader::new(list);
    reader.expect('[')?;
    let mut pieces = Vec::new();
    while !reader.take(']') {
        pieces.push(call(&mut reader)?);
        if !reader.take(',') {
            reader.expect(']')?;
            break;
        }
    }
    reader.end()?;
    Ok(pieces)
}

/// Reads the call of a built-in tool, `name.call(key=value)`.
///
/// # Errors
/// What is wrong with it, readable for the model.
pub(super) fn builtin(text: &str) -> Result<Piece, String> {
    let mut reader = Reader::new(text);
    let piece = call(&mut reader)?;
    reader.end()?;
    Ok(match piece {
        Piece::ToolCall { name, arguments } => Piece::ToolCall {
            name: name.strip_suffix(".call").unwrap_or(&name).to_owned(),
            arguments,
        },
        other => other,
    })
}

fn call(reader: &mut Reader) -> Result<Piece, String> {
    let name = reader.name()?;
    reader.expect('(')?;
    let mut arguments = Map::new();
    while !reader.take(')') {
        let key = reader.name()?;
        reader.expect('=')?;
        arguments.insert(key, reader.value()?);
        if !reader.take(',') {
            reader.expect(')')?;
            break;
        }
    }
    Ok(Piece::ToolCall {
        name,
        arguments: Value::Object(arguments),
    })
}

/// The rules of calls to `tools`.
pub(crate) fn rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let gap = Lark::text(", ");
    let mut bodies = Vec::new();
    for tool in tools {
        let list = lark.keyword_arguments(tool)?;
        bodies.push((tool, lark.rule(&format!("{list} {}", Lark::text(")")))));
    }
    let call = |(tool, body): &(&Tool, String)| {
        format!("{} {body}", Lark::text(&format!("{}(", tool.name)))
    };
    let calls: Vec<String> = bodies.iter().map(call).collect();
    let one = lark.rule(&calls.join(" | "));
    let (open, close) = (Lark::text("["), Lark::text("]"));
    let rest = lark.rule(&format!("({gap} {one})* {close}"));
    let mut triggers: Vec<Trigger> = bodies
        .iter()
        .map(|(tool, body)| {
            Trigger::at_beginning(format!("[{}(", tool.name), format!("{body} {rest}"))
        })
        .collect();
    let list = lark.rule(&format!("{open} {one} {rest}"));
    if lark.knows(PYTHON_START) {
        let end = lark.mark(PYTHON_END);
        triggers.push(Trigger::anywhere(PYTHON_START, format!("{list} {end}")));
    }
    Ok(CallRules {
        triggers,
        whole: list,
    })
}
