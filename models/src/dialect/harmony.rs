//! gpt-oss: an answer is messages on channels, each with a header, and a call is a message to
//! `functions.name`.

use serde_json::Value;

use super::hermes::checked;
use super::marked::CALL_BYTES_MAX;
use super::show::{Shower, first_of, floor, open_mark};
use super::words::{CHANNEL, CONSTRAIN, END, MESSAGE, START};
use super::{HARMONY_STARTS, Piece, Tool};
use crate::error::ModelError;
use crate::grammar::{CallRules, Lark, Trigger};

/// What ends the content of a message.
const ENDS: [&str; 5] = [END, START, CHANNEL, "<|call|>", "<|return|>"];
/// The longest header in bytes; what is longer is none.
const HEADER_BYTES_MAX: usize = 1024;
const FUNCTIONS: &str = "to=functions.";

/// What a message is, which its header says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Call { header: String, name: String },
}

#[derive(Debug)]
enum Place {
    /// Before the first word: a header follows, or text without one.
    Beginning,
    Header,
    Content(Kind),
}

#[derive(Debug)]
pub(super) struct Harmony {
    formed: bool,
    place: Place,
    pending: String,
    /// How much of an open call was searched for its end.
    searched: usize,
    shower: Shower,
    /// Whether text was shown, so that the next message of text begins a paragraph.
    said: bool,
}

impl Harmony {
    pub(super) fn new(formed: bool) -> Self {
        Self {
            formed,
            place: Place::Beginning,
            pending: String::new(),
            searched: 0,
            shower: Shower::default(),
            said: false,
        }
    }

    pub(super) fn in_reasoning(&self) -> bool {
        matches!(self.place, Place::Content(Kind::Reasoning))
    }

    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.pending.push_str(text);
        let mut pieces = Vec::new();
        while self.step(&mut pieces) {}
        pieces
    }

    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let rest = std::mem::take(&mut self.pending);
        match std::mem::replace(&mut self.place, Place::Content(Kind::Text)) {
            Place::Content(Kind::Call { header, name }) => {
                pieces.push(read_call(&header, name, &rest, true));
            }
            // A header that nothing followed says nothing; one that was meant as a call is told.
            Place::Header if rest.contains(FUNCTIONS) => pieces.push(Piece::MalformedToolCall {
                text: rest,
                reason: format!("the answer ends before `{MESSAGE}`"),
            }),
            Place::Header if [START, CHANNEL].iter().any(|mark| rest.starts_with(mark)) => {}
            Place::Header | Place::Beginning => self.show(&Kind::Text, &rest, &mut pieces),
            Place::Content(kind) => self.show(&kind, &rest, &mut pieces),
        }
        pieces
    }

    /// Takes one stretch from `pending`; false when more must come first.
    fn step(&mut self, pieces: &mut Vec<Piece>) -> bool {
        match &self.place {
            Place::Beginning => self.step_at_beginning(),
            Place::Header => self.step_in_header(pieces),
            Place::Content(Kind::Call { .. }) => self.step_in_call(pieces),
            Place::Content(kind) => {
                let kind = kind.clone();
                self.step_in_text(&kind, pieces)
            }
        }
    }

    fn step_at_beginning(&mut self) -> bool {
        const BEGINNINGS: [&str; 4] = [CHANNEL, START, CONSTRAIN, " to="];
        if self.pending.is_empty() {
            return false;
        }
        if BEGINNINGS.iter().any(|mark| self.pending.starts_with(mark)) {
            self.place = Place::Header;
        } else if BEGINNINGS
            .iter()
            .any(|mark| mark.starts_with(&self.pending))
        {
            return false;
        } else {
            self.place = Place::Content(Kind::Text);
        }
        true
    }

    fn step_in_header(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let found = self.pending.find(MESSAGE);
        let Some(at) = found.filter(|at| *at <= HEADER_BYTES_MAX) else {
            if self.pending.len() > HEADER_BYTES_MAX + MESSAGE.len() {
                // Not lost: what cannot be a header is text.
                self.enter(Kind::Text);
                let cut = floor(&self.pending, HEADER_BYTES_MAX);
                let text: String = self.pending.drain(..cut).collect();
                self.show(&Kind::Text, &text, pieces);
                return true;
            }
            return false;
        };
        let header: String = self.pending.drain(..at + MESSAGE.len()).collect();
        self.enter(kind_of(&header));
        true
    }

    fn enter(&mut self, kind: Kind) {
        self.place = Place::Content(kind);
        self.searched = 0;
        self.shower.reset();
    }

    fn step_in_text(&mut self, kind: &Kind, pieces: &mut Vec<Piece>) -> bool {
        if self.formed && *kind == Kind::Text {
            let text = std::mem::take(&mut self.pending);
            pieces.extend(
                Some(Piece::Text(text)).filter(|piece| *piece != Piece::Text(String::new())),
            );
            return false;
        }
        let found = first_of(&self.pending, &ENDS);
        let certain = found.map_or_else(
            || self.pending.len() - open_mark(&self.pending, &ENDS),
            |(at, _)| at,
        );
        let text: String = self.pending.drain(..certain).collect();
        self.show(kind, &text, pieces);
        let Some((_, mark)) = found else {
            return false;
        };
        self.leave(mark);
        true
    }

    /// Passes the mark that ended a message.
    fn leave(&mut self, mark: &'static str) {
        if mark != CHANNEL && mark != START {
            self.pending.drain(..mark.len());
        }
        self.place = Place::Header;
    }

    fn step_in_call(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let from = floor(&self.pending, self.searched);
        let found = first_of(&self.pending[from..], &ENDS).map(|(at, mark)| (from + at, mark));
        self.searched = self.pending.len() - open_mark(&self.pending, &ENDS);
        let (end, mark) = match found {
            Some((at, mark)) if at <= CALL_BYTES_MAX => (at, Some(mark)),
            None if self.searched <= CALL_BYTES_MAX => return false,
            Some(_) | None => (floor(&self.pending, CALL_BYTES_MAX), None),
        };
        let body: String = self.pending.drain(..end).collect();
        let place = std::mem::replace(&mut self.place, Place::Content(Kind::Text));
        let Place::Content(Kind::Call { header, name }) = place else {
            return true;
        };
        if let Some(mark) = mark {
            pieces.push(read_call(&header, name, &body, false));
            self.leave(mark);
        } else {
            pieces.push(Piece::MalformedToolCall {
                text: format!("{header}{body}"),
                reason: format!("the call is longer than {CALL_BYTES_MAX} bytes"),
            });
            self.enter(Kind::Text);
        }
        true
    }

    fn show(&mut self, kind: &Kind, text: &str, pieces: &mut Vec<Piece>) {
        let first = !self.shower.has_shown();
        let Some(shown) = self.shower.show(text) else {
            return;
        };
        match kind {
            Kind::Reasoning => pieces.push(Piece::Reasoning(shown)),
            Kind::Text | Kind::Call { .. } => {
                let gap = if first && self.said { "\n\n" } else { "" };
                self.said = true;
                pieces.push(Piece::Text(format!("{gap}{shown}")));
            }
        }
    }
}

fn kind_of(header: &str) -> Kind {
    if let Some((_, after)) = header.split_once(FUNCTIONS) {
        let end = after.find(|c: char| c.is_whitespace() || c == '<');
        let name = after[..end.unwrap_or(after.len())].to_owned();
        return Kind::Call {
            header: header.to_owned(),
            name,
        };
    }
    match header.split_once(CHANNEL) {
        Some((_, channel)) if channel.trim_start().starts_with("analysis") => Kind::Reasoning,
        Some(_) | None => Kind::Text,
    }
}

fn read_call(header: &str, name: String, body: &str, at_end: bool) -> Piece {
    let read = serde_json::from_str::<Value>(body.trim())
        .map_err(|error| {
            if at_end && error.is_eof() {
                "the answer ends before the arguments do".to_owned()
            } else {
                format!("the arguments are not valid JSON: {error}")
            }
        })
        .and_then(|arguments| checked(name, arguments));
    read.unwrap_or_else(|reason| Piece::MalformedToolCall {
        text: format!("{header}{body}"),
        reason,
    })
}

/// The rules of calls to `tools`. The header of the first message of an answer is open already.
pub(crate) fn rules(lark: &mut Lark, tools: &[Tool]) -> Result<CallRules, ModelError> {
    let (channel, constrain, message) =
        (lark.mark(CHANNEL), lark.mark(CONSTRAIN), lark.mark(MESSAGE));
    let commentary = Lark::text("commentary");
    let (gap, json) = (Lark::text(" "), Lark::text("json"));
    let rest = lark.rule(&format!(
        "({channel} {commentary})? ({gap} {constrain} {json} | {gap} {json})? {message}"
    ));
    let mut calls = Vec::new();
    for tool in tools {
        let arguments = lark.arguments(tool)?;
        calls.push(format!("{} {rest} {arguments}", Lark::text(&tool.name)));
    }
    let body = lark.rule(&calls.join(" | "));
    let opening = format!(" {FUNCTIONS}");
    let triggers = vec![
        Trigger::at_beginning(opening.clone(), body.clone()),
        Trigger::anywhere(format!("{HARMONY_STARTS}{opening}"), body.clone()),
        Trigger::anywhere(format!("{CHANNEL}commentary{opening}"), body.clone()),
        Trigger::anywhere(format!("{CHANNEL}analysis{opening}"), body.clone()),
    ];
    let head = Lark::text(&opening);
    let whole = lark.rule(&format!("({channel} {commentary})? {head} {body}"));
    Ok(CallRules { triggers, whole })
}
