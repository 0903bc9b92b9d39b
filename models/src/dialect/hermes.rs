//! Hermes and Qwen: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`.

use serde::Deserialize;
use serde_json::Value;

use super::marked::{CallReader, CallStep, Next};
use super::search::CallSearch;
use super::words::{CALL, CALL_END};
use super::{Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

/// What a call must be.
#[derive(Deserialize)]
pub(super) struct Call {
    pub(super) name: String,
    #[serde(default, alias = "parameters")]
    pub(super) arguments: Value,
}

#[derive(Debug, Default)]
pub(super) struct HermesCall {
    search: CallSearch,
}

impl CallReader for HermesCall {
    fn step(&mut self, body: &str) -> CallStep {
        while let Some((at, mark)) = self.search.search(body) {
            let call = read_call(&body[..at], mark);
            if mark == CALL_END {
                return done(at + mark.len(), call, Next::Text);
            }
            if matches!(call, Piece::ToolCall { .. }) {
                return done(at + mark.len(), call, Next::Call);
            }
            // an opening mark inside something else is part of it
        }
        CallStep::More
    }

    /// Ends a call that the answer did not: whole without its mark, or cut off. One whose mark stood
    /// in a string that never ended is cut there, and the rest is read again.
    fn finish(&mut self, body: &str) -> CallStep {
        let whole = read_call(body, "");
        if matches!(whole, Piece::ToolCall { .. }) {
            return done(body.len(), whole, Next::Text);
        }
        if let Some(at) = self.search.first_in_string {
            let call = read_call(&body[..at], CALL_END);
            return done(at + CALL_END.len(), call, Next::Text);
        }
        let cut = Piece::MalformedToolCall {
            text: format!("{CALL}{body}"),
            reason: format!("the answer ends before `{CALL_END}`"),
        };
        done(body.len(), cut, Next::Text)
    }
}

fn done(used: usize, piece: Piece, next: Next) -> CallStep {
    CallStep::Done {
        used,
        pieces: vec![piece],
        next,
    }
}

/// Reads what stands between the marks of a call, of which `end` is the second.
fn read_call(body: &str, end: &str) -> Piece {
    match call_of(body) {
        Ok(piece) => piece,
        Err(reason) => Piece::MalformedToolCall {
            text: format!("{CALL}{body}{end}"),
            reason,
        },
    }
}

/// Reads `{"name": …, "arguments": {…}}`.
///
/// # Errors
/// What is wrong with it, readable for the model.
pub(super) fn call_of(json: &str) -> Result<Piece, String> {
    let call: Call = serde_json::from_str(json.trim())
        .map_err(|error| format!("the call is not valid JSON: {error}"))?;
    checked(call.name, call.arguments)
}

/// Makes a call of a name and arguments, which some checkpoints write as a string that holds JSON.
///
/// # Errors
/// As [`call_of`].
pub(super) fn checked(name: String, arguments: Value) -> Result<Piece, String> {
    let arguments = match arguments {
        Value::Null => Value::Object(serde_json::Map::new()),
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    };
    match arguments {
        Value::Object(_) if !name.is_empty() => Ok(Piece::ToolCall { name, arguments }),
        Value::Object(_) => Err("the call names no tool".to_owned()),
        _ => Err("the arguments are not an object".to_owned()),
    }
}

/// The rules of calls to `tools`.
pub(crate) fn rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let json = json_call(lark, tools, "arguments")?;
    let (open, close) = (lark.mark(CALL), lark.mark(CALL_END));
    let gap = Lark::text("\n");
    let body = lark.rule(&format!("({gap})? {json} ({gap})? {close}"));
    let whole = lark.rule(&format!("{open} {body} ({gap} {open} {body})*"));
    Ok(CallRules {
        triggers: vec![Trigger::anywhere(CALL, body)],
        whole,
    })
}

/// The rule of `{"name": …, "arguments": {…}}` for any of `tools`, the arguments called `key`.
pub(crate) fn json_call(lark: &mut Lark, tools: &[Tool], key: &str) -> Result<String, ModelError> {
    let mut calls = Vec::new();
    for tool in tools {
        let arguments = lark.arguments(tool)?;
        let name = serde_json::Value::from(tool.name.as_str());
        let head = Lark::text(&format!("{{\"name\": {name}, \"{key}\": "));
        let tail = Lark::text("}");
        calls.push(lark.rule(&format!("{head} {arguments} {tail}")));
    }
    Ok(lark.rule(&calls.join(" | ")))
}
