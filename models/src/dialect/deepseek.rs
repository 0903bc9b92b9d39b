//! `DeepSeek` V3 and R1: calls between marks of their own, the arguments in a JSON fence or as they are.

use super::hermes::checked;
use super::marked::{CallReader, CallStep, Next};
use super::words::{
    DEEPSEEK_CALL, DEEPSEEK_CALL_END, DEEPSEEK_CALLS, DEEPSEEK_CALLS_END, DEEPSEEK_SEP,
};
use super::{Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

#[derive(Debug)]
pub(super) struct DeepSeekCalls {
    /// The mark that opened it: of the list, or of one call.
    mark: &'static str,
    searched: usize,
    in_string: bool,
    escaped: bool,
    /// The first end that was passed over because it stands in a string.
    first_in_string: Option<usize>,
}

impl DeepSeekCalls {
    pub(super) fn new(mark: &'static str) -> Self {
        Self {
            mark,
            searched: 0,
            in_string: false,
            escaped: false,
            first_in_string: None,
        }
    }

    /// Finds the mark that ends the call that begins `body`, outside of strings.
    fn search(&mut self, body: &str) -> Option<usize> {
        let bytes = body.as_bytes();
        while self.searched < bytes.len() {
            let at = self.searched;
            let rest = &bytes[at..];
            if rest.starts_with(DEEPSEEK_CALL_END.as_bytes()) {
                if !self.in_string {
                    return Some(at);
                }
                self.first_in_string.get_or_insert(at);
            } else if DEEPSEEK_CALL_END.as_bytes().starts_with(rest) {
                return None;
            }
            match rest[0] {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ => {}
            }
            self.searched += 1;
        }
        None
    }
}

impl CallReader for DeepSeekCalls {
    fn step(&mut self, body: &str) -> CallStep {
        let inner = body.trim_start();
        let space = body.len() - inner.len();
        let marks = [DEEPSEEK_CALL, DEEPSEEK_CALLS_END];
        if self.mark == DEEPSEEK_CALLS
            && marks
                .iter()
                .any(|mark| mark.starts_with(inner) && *mark != inner)
        {
            return CallStep::More;
        }
        if self.mark == DEEPSEEK_CALLS && inner.starts_with(DEEPSEEK_CALLS_END) {
            return done(space + DEEPSEEK_CALLS_END.len(), None, Next::Text);
        }
        if self.mark == DEEPSEEK_CALLS && !inner.starts_with(DEEPSEEK_CALL) {
            return done(0, None, Next::Text);
        }
        match self.search(body) {
            None => CallStep::More,
            Some(at) => {
                let end = at + DEEPSEEK_CALL_END.len();
                done(end, Some(read(&body[..at], DEEPSEEK_CALL_END)), self.next())
            }
        }
    }

    fn finish(&mut self, body: &str) -> CallStep {
        if body.trim().is_empty() && self.mark == DEEPSEEK_CALLS {
            return done(body.len(), None, Next::Text);
        }
        match (read(body, ""), self.first_in_string) {
            (Piece::MalformedToolCall { .. }, Some(at)) => {
                let end = at + DEEPSEEK_CALL_END.len();
                done(end, Some(read(&body[..at], DEEPSEEK_CALL_END)), self.next())
            }
            (piece, _) => done(body.len(), Some(piece), Next::Text),
        }
    }
}

impl DeepSeekCalls {
    fn next(&self) -> Next {
        if self.mark == DEEPSEEK_CALLS {
            Next::Call
        } else {
            Next::Text
        }
    }
}

fn done(used: usize, piece: Option<Piece>, next: Next) -> CallStep {
    CallStep::Done {
        used,
        pieces: piece.into_iter().collect(),
        next,
    }
}

fn read(body: &str, end: &str) -> Piece {
    call_of(body).unwrap_or_else(|reason| {
        let begun = body.trim_start().starts_with(DEEPSEEK_CALL);
        let mark = if begun { "" } else { DEEPSEEK_CALL };
        Piece::MalformedToolCall {
            text: format!("{mark}{body}{end}"),
            reason,
        }
    })
}

/// Reads `name SEP {…}`, or `function SEP name` with the arguments in a fence on the next lines.
fn call_of(body: &str) -> Result<Piece, String> {
    let body = body.trim();
    let body = body.strip_prefix(DEEPSEEK_CALL).unwrap_or(body);
    let (before, after) = body
        .split_once(DEEPSEEK_SEP)
        .ok_or_else(|| format!("the call has no `{DEEPSEEK_SEP}`"))?;
    let (name, json) = match after.split_once("```json") {
        Some((name, fenced)) => {
            let json = fenced.trim_end();
            (name, json.strip_suffix("```").unwrap_or(json))
        }
        None => (before, after),
    };
    let arguments = serde_json::from_str(json.trim())
        .map_err(|error| format!("the arguments are not valid JSON: {error}"))?;
    checked(name.trim().to_owned(), arguments)
}

/// The rules of calls to `tools`; `fenced` when the arguments stand in a JSON fence.
pub(crate) fn rules(
    lark: &mut Lark,
    tools: &[Tool],
    fenced: bool,
) -> Result<CallRules, ModelError> {
    let (open, sep, close) = (
        lark.mark(DEEPSEEK_CALL),
        lark.mark(DEEPSEEK_SEP),
        lark.mark(DEEPSEEK_CALL_END),
    );
    let mut calls = Vec::new();
    for tool in tools {
        let arguments = lark.arguments(tool)?;
        calls.push(if fenced {
            let kind = Lark::text("function");
            let head = Lark::text(&format!("{}\n```json\n", tool.name));
            let tail = Lark::text("\n```");
            format!("{open} {kind} {sep} {head} {arguments} {tail} {close}")
        } else {
            format!(
                "{open} {} {sep} {arguments} {close}",
                Lark::text(&tool.name)
            )
        });
    }
    let one = lark.rule(&calls.join(" | "));
    let gap = Lark::text("\n");
    let end = lark.mark(DEEPSEEK_CALLS_END);
    let body = lark.rule(&format!("{one} (({gap})? {one})* {end}"));
    let begin = lark.mark(DEEPSEEK_CALLS);
    let whole = lark.rule(&format!("{begin} {body}"));
    Ok(CallRules {
        triggers: vec![Trigger::anywhere(DEEPSEEK_CALLS, body)],
        whole,
    })
}
