//! Qwen3-Coder: `<tool_call><function=name><parameter=key>value</parameter></function></tool_call>`.
//! Values are text as it is where the tool's schema says text, else JSON.

use serde_json::{Map, Value};

use super::marked::{CallReader, CallStep, Next};
use super::reading::is_text;
use super::words::{CALL, CALL_END};
use super::{Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

const FUNCTION: &str = "<function=";
const PARAMETER: &str = "<parameter=";
const PARAMETER_END: &str = "</parameter>";

#[derive(Debug)]
pub(super) struct QwenCoderCall {
    tools: Vec<Tool>,
    searched: usize,
    in_value: bool,
    /// The first end of a call that was passed over because it stands in a value.
    first_in_value: Option<usize>,
}

impl QwenCoderCall {
    pub(super) fn new(tools: Vec<Tool>) -> Self {
        Self {
            tools,
            searched: 0,
            in_value: false,
            first_in_value: None,
        }
    }

    /// Finds the mark that ends the call, outside of values.
    fn search(&mut self, body: &str) -> Option<usize> {
        let bytes = body.as_bytes();
        while self.searched < bytes.len() {
            let rest = &bytes[self.searched..];
            let at = self.searched;
            if rest[0] == b'<' {
                let begins = |mark: &str| rest.starts_with(mark.as_bytes());
                let marks = [CALL_END, PARAMETER, PARAMETER_END];
                if !marks.iter().any(|mark| begins(mark))
                    && marks.iter().any(|mark| mark.as_bytes().starts_with(rest))
                {
                    return None;
                }
                if begins(PARAMETER) && !self.in_value {
                    self.in_value = true;
                } else if begins(PARAMETER_END) {
                    self.in_value = false;
                } else if begins(CALL_END) && self.in_value {
                    self.first_in_value.get_or_insert(at);
                } else if begins(CALL_END) {
                    return Some(at);
                }
            }
            self.searched += 1;
        }
        None
    }

    fn read(&self, body: &str, end: &str) -> Piece {
        self.call_of(body.trim())
            .unwrap_or_else(|reason| Piece::MalformedToolCall {
                text: format!("{CALL}{body}{end}"),
                reason,
            })
    }

    fn call_of(&self, body: &str) -> Result<Piece, String> {
        let rest = body
            .strip_prefix(FUNCTION)
            .ok_or_else(|| format!("the call does not begin with `{FUNCTION}`"))?;
        let (name, mut rest) = rest
            .split_once('>')
            .ok_or_else(|| format!("`{FUNCTION}` has no `>`"))?;
        let name = name.trim();
        if name.is_empty() {
            return Err("the call names no tool".to_owned());
        }
        let tool = self.tools.iter().find(|tool| tool.name == name);
        let mut arguments = Map::new();
        while let Some((_, parameter)) = rest.split_once(PARAMETER) {
            let (key, value) = parameter
                .split_once('>')
                .ok_or_else(|| format!("`{PARAMETER}` has no `>`"))?;
            let (value, after) = value.split_once(PARAMETER_END).ok_or_else(|| {
                format!(
                    "the value of `{}` ends before `{PARAMETER_END}`",
                    key.trim()
                )
            })?;
            let schema = tool.and_then(|tool| tool.property(key.trim()));
            arguments.insert(key.trim().to_owned(), value_of(value, schema));
            rest = after;
        }
        if !rest.contains("</function>") {
            return Err("the call ends before `</function>`".to_owned());
        }
        Ok(Piece::ToolCall {
            name: name.to_owned(),
            arguments: Value::Object(arguments),
        })
    }
}

impl CallReader for QwenCoderCall {
    fn step(&mut self, body: &str) -> CallStep {
        match self.search(body) {
            None => CallStep::More,
            Some(at) => CallStep::Done {
                used: at + CALL_END.len(),
                pieces: vec![self.read(&body[..at], CALL_END)],
                next: Next::Text,
            },
        }
    }

    fn finish(&mut self, body: &str) -> CallStep {
        let (used, piece) = match (self.read(body, ""), self.first_in_value) {
            (Piece::MalformedToolCall { .. }, Some(at)) => {
                (at + CALL_END.len(), self.read(&body[..at], CALL_END))
            }
            (piece, _) => (body.len(), piece),
        };
        CallStep::Done {
            used,
            pieces: vec![piece],
            next: Next::Text,
        }
    }
}

/// A value without the line breaks that set it apart; of an unknown type, JSON if it is JSON.
fn value_of(written: &str, schema: Option<&Value>) -> Value {
    let text = written.strip_prefix('\n').unwrap_or(written);
    let text = text.strip_suffix('\n').unwrap_or(text);
    if schema.is_some_and(is_text) {
        return text.into();
    }
    serde_json::from_str(text.trim()).unwrap_or_else(|_| text.into())
}

/// The rules of calls to `tools`.
pub(crate) fn rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let mut calls = Vec::new();
    for tool in tools {
        let mut parameters = Vec::new();
        for argument in lark.properties(tool)? {
            let head = Lark::text(&format!("{PARAMETER}{}>\n", argument.key));
            let end = format!("\n{PARAMETER_END}\n");
            let value = match &argument.text {
                Some(schema) => lark.raw_text(tool, &argument.key, schema, &end)?,
                None => format!("{} {}", argument.json, Lark::text(&end)),
            };
            let rule = lark.rule(&format!("{head} {value}"));
            parameters.push(if argument.required {
                rule
            } else {
                format!("({rule})?")
            });
        }
        let head = Lark::text(&format!("{FUNCTION}{}>\n", tool.name));
        let tail = Lark::text("</function>\n");
        calls.push(lark.rule(&format!("{head} {} {tail}", parameters.join(" "))));
    }
    let (open, close) = (lark.mark(CALL), lark.mark(CALL_END));
    let gap = Lark::text("\n");
    let body = lark.rule(&format!("{gap} ({}) {close}", calls.join(" | ")));
    let whole = lark.rule(&format!("{open} {body} ({gap} {open} {body})*"));
    Ok(CallRules {
        triggers: vec![Trigger::anywhere(CALL, body)],
        whole,
    })
}
