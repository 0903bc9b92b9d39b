//! What is asked and what is answered.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest job in bytes.
pub(super) const JOB_BYTES_MAX: usize = 64 << 20;
/// What an answer may be longer than the text that was asked for: room for an error.
pub(super) const ANSWER_BYTES_EXTRA: usize = 64 << 10;

/// One rendering.
#[derive(Debug, Serialize)]
pub(super) struct Job<'a> {
    /// The longest text in bytes.
    pub(super) bytes_max: usize,
    pub(super) variables: &'a Map<String, Value>,
}

/// As the other process reads it.
#[derive(Debug, Deserialize)]
pub(super) struct ReadJob {
    pub(super) bytes_max: usize,
    pub(super) variables: Map<String, Value>,
}

const TEXT: u8 = b't';
const REASON: u8 = b'r';

/// An answer as a message: the text, or the reason why there is none.
pub(super) fn encode(answer: Result<String, String>) -> Vec<u8> {
    let (kind, text) = match answer {
        Ok(text) => (TEXT, text),
        Err(mut reason) => {
            reason.truncate(reason.floor_char_boundary(ANSWER_BYTES_EXTRA / 2));
            (REASON, reason)
        }
    };
    let mut message = text.into_bytes();
    message.insert(0, kind);
    message
}

/// Reads an answer; `None` when it is none.
pub(super) fn decode(message: Vec<u8>) -> Option<Result<String, String>> {
    let mut text = String::from_utf8(message).ok()?;
    match *text.as_bytes().first()? {
        TEXT => {
            text.remove(0);
            Some(Ok(text))
        }
        REASON => {
            text.remove(0);
            Some(Err(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_and_nothing_else_is_one() {
        for answer in [
            Ok(String::new()),
            Ok("é👍".to_owned()),
            Err("why".to_owned()),
        ] {
            assert_eq!(decode(encode(answer.clone())), Some(answer));
        }
        for other in [&b""[..], b"x", b"t\xff"] {
            assert_eq!(decode(other.to_vec()), None);
        }
        let long = encode(Err("é".repeat(ANSWER_BYTES_EXTRA)));
        assert!(long.len() <= ANSWER_BYTES_EXTRA && decode(long).is_some());
    }
}
