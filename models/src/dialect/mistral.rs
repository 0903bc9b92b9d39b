//! Mistral: `[TOOL_CALLS] [{"name": …, "arguments": {…}}, …]`, or `[TOOL_CALLS]name[ARGS]{…}` for each.

use super::hermes::{Call, checked, json_call};
use super::json_end::JsonEnd;
use super::marked::{CallReader, CallStep, Next};
use super::words::{ARGS, CALL_ID, TOOL_CALLS};
use super::{Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

#[derive(Debug, Default)]
pub(super) struct MistralCall {
    end: JsonEnd,
    /// Where the JSON begins, once that is known.
    start: Option<usize>,
}

impl MistralCall {
    fn start(&mut self, body: &str) -> Option<usize> {
        if self.start.is_none() {
            self.start = start_in(body);
        }
        self.start
    }
}

impl CallReader for MistralCall {
    fn step(&mut self, body: &str) -> CallStep {
        let end = self.start(body).and_then(|start| {
            let length = self.end.search(&body[start..])?;
            Some((start, start + length))
        });
        let Some((start, end)) = end else {
            return CallStep::More;
        };
        let pieces = calls(&body[..start], &body[start..end]);
        CallStep::Done {
            used: end,
            pieces: pieces.unwrap_or_else(|reason| vec![malformed(&body[..end], reason)]),
            next: Next::Text,
        }
    }

    fn finish(&mut self, body: &str) -> CallStep {
        let reason = "the answer ends before the call does".to_owned();
        CallStep::Done {
            used: body.len(),
            pieces: vec![malformed(body, reason)],
            next: Next::Text,
        }
    }
}

/// Where the JSON of a call begins; `None` while that is not certain.
fn start_in(body: &str) -> Option<usize> {
    let at = body.find(['{', '['])?;
    let rest = &body[at..];
    if rest.starts_with(CALL_ID) {
        return Some(body.find(ARGS)? + ARGS.len());
    }
    if rest.starts_with(ARGS) {
        return Some(at + ARGS.len());
    }
    let may_become_mark = [ARGS, CALL_ID].iter().any(|mark| mark.starts_with(rest));
    (!may_become_mark).then_some(at)
}

/// The calls of `json`: a list where no name stands in `head`, else the arguments of one.
fn calls(head: &str, json: &str) -> Result<Vec<Piece>, String> {
    let head = head.strip_suffix(ARGS).unwrap_or(head);
    let name = head.split(CALL_ID).next().unwrap_or_default().trim();
    if name.is_empty() {
        let calls: Vec<Call> = serde_json::from_str(json)
            .map_err(|error| format!("the calls are no valid JSON list of calls: {error}"))?;
        let calls = calls.into_iter();
        return calls
            .map(|call| checked(call.name, call.arguments))
            .collect();
    }
    let arguments = serde_json::from_str(json)
        .map_err(|error| format!("the arguments are not valid JSON: {error}"))?;
    checked(name.to_owned(), arguments).map(|call| vec![call])
}

fn malformed(body: &str, reason: String) -> Piece {
    Piece::MalformedToolCall {
        text: format!("{TOOL_CALLS}{body}"),
        reason,
    }
}

/// The rules of calls to `tools` in a list.
pub(crate) fn list_rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let json = json_call(lark, tools, "arguments")?;
    let (open, close, gap) = (Lark::text("["), Lark::text("]"), Lark::text(", "));
    let space = Lark::text(" ");
    let body = lark.rule(&format!("({space})? {open} {json} ({gap} {json})* {close}"));
    Ok(rules(lark, body))
}

/// The rules of calls to `tools`, each behind its own mark.
pub(crate) fn named_rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let between = lark.mark(ARGS);
    let mut calls = Vec::new();
    for tool in tools {
        let arguments = lark.arguments(tool)?;
        calls.push(format!("{} {between} {arguments}", Lark::text(&tool.name)));
    }
    let one = lark.rule(&calls.join(" | "));
    let mark = lark.mark(TOOL_CALLS);
    let body = lark.rule(&format!("{one} ({mark} {one})*"));
    Ok(rules(lark, body))
}

fn rules(lark: &mut Lark, body: String) -> CallRules {
    let mark = lark.mark(TOOL_CALLS);
    let whole = lark.rule(&format!("{mark} {body}"));
    CallRules {
        triggers: vec![Trigger::anywhere(TOOL_CALLS, body)],
        whole,
    }
}
