//! Answers of models.

use serde_json::json;

use crate::dialect::{Dialect, Piece, Reading, Tool};

/// Reads an answer whole, in two parts and by character: the pieces are the same. The first byte
/// chooses the dialect and what is known of the answer, the second where it is cut.
///
/// # Panics
/// When they are not.
pub fn dialect(bytes: &[u8]) {
    let [choice, cut, answer @ ..] = bytes else {
        return;
    };
    let answer = String::from_utf8_lossy(answer);
    let dialect = Dialect::ALL[usize::from(*choice) % Dialect::ALL.len()];
    let flags = usize::from(*choice) / Dialect::ALL.len();
    let reading = Reading {
        starts_in_reasoning: flags & 1 != 0,
        formed: flags & 2 != 0,
        tools: if flags & 4 != 0 {
            vec![tool()]
        } else {
            Vec::new()
        },
    };
    let whole = pieces(dialect, &reading, [answer.as_ref()]);
    let cut = answer.floor_char_boundary(usize::from(*cut));
    let (head, tail) = answer.split_at(cut);
    assert_eq!(
        pieces(dialect, &reading, [head, tail]),
        whole,
        "cut at {cut}"
    );
    let characters = answer
        .char_indices()
        .map(|(at, c)| &answer[at..at + c.len_utf8()]);
    assert_eq!(pieces(dialect, &reading, characters), whole, "by character");
}

fn tool() -> Tool {
    Tool {
        name: "x".to_owned(),
        parameters: json!({"properties": {"k": {"type": "string"}, "n": {"type": "integer"}}}),
    }
}

/// Reads an answer given in parts, and joins neighbours of one kind.
fn pieces<'a>(
    dialect: Dialect,
    reading: &Reading,
    parts: impl IntoIterator<Item = &'a str>,
) -> Vec<Piece> {
    let mut parser = dialect.parser(reading.clone());
    let mut pieces: Vec<Piece> = parts
        .into_iter()
        .flat_map(|part| parser.push(part))
        .collect();
    pieces.extend(parser.finish());
    let join = |mut joined: Vec<Piece>, piece| {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(next))
            | (Some(Piece::Reasoning(last)), Piece::Reasoning(next)) => last.push_str(&next),
            (_, piece) => joined.push(piece),
        }
        joined
    };
    pieces.into_iter().fold(Vec::new(), join)
}
