//! Every dialect: what it reads, and that it reads the same however the answer is cut.

#![allow(clippy::unwrap_used)]

mod broken;
mod cuts;
mod detection;
mod families;
mod hermes;

use serde_json::json;

use super::*;

const HERMES: Dialect = dialect(ReasoningMarkup::Think, CallMarkup::Hermes);

const fn dialect(reasoning: ReasoningMarkup, calls: CallMarkup) -> Dialect {
    Dialect { reasoning, calls }
}

const ALL: [Dialect; 9] = Dialect::ALL;

/// Reads `answer` given in pieces that end at `cuts`, and joins neighbours of one kind.
fn parse(dialect: Dialect, reading: &Reading, answer: &str, cuts: &[usize]) -> Vec<Piece> {
    let mut parser = dialect.parser(reading.clone());
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts.iter().copied().chain([answer.len()]) {
        pieces.extend(parser.push(&answer[start..cut]));
        start = cut;
    }
    pieces.extend(parser.finish());
    pieces.into_iter().fold(Vec::new(), |mut joined, piece| {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(next))
            | (Some(Piece::Reasoning(last)), Piece::Reasoning(next)) => last.push_str(&next),
            (_, piece) => joined.push(piece),
        }
        joined
    })
}

fn whole(dialect: Dialect, answer: &str) -> Vec<Piece> {
    parse(dialect, &Reading::default(), answer, &[])
}

/// Reads `answer` cut at every one of its characters.
fn by_character(dialect: Dialect, reading: &Reading, answer: &str) -> Vec<Piece> {
    let cuts: Vec<usize> = answer.char_indices().map(|(at, _)| at).collect();
    parse(dialect, reading, answer, &cuts)
}

fn formed() -> Reading {
    Reading {
        formed: true,
        ..Reading::default()
    }
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn reasoning(text: &str) -> Piece {
    Piece::Reasoning(text.to_owned())
}

fn call(name: &str, arguments: Value) -> Piece {
    Piece::ToolCall {
        name: name.to_owned(),
        arguments,
    }
}

/// The text and the reason of the one malformed call among `pieces`.
fn malformed(pieces: &[Piece]) -> (&str, &str) {
    let mut found = pieces.iter().filter_map(|piece| match piece {
        Piece::MalformedToolCall { text, reason } => Some((text.as_str(), reason.as_str())),
        Piece::Text(_) | Piece::Reasoning(_) | Piece::ToolCall { .. } => None,
    });
    let first = found.next();
    assert!(found.next().is_none(), "{pieces:?}");
    first.unwrap_or_else(|| panic!("{pieces:?}"))
}

/// All text of `pieces`, whatever it is: nothing may be lost.
fn all_text(pieces: &[Piece]) -> String {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Reasoning(text) | Piece::MalformedToolCall { text, .. } => {
            text.clone()
        }
        Piece::ToolCall { name, arguments } => format!("{name}{arguments}"),
    });
    texts.collect()
}
