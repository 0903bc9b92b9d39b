//! Numbers that end: a weak model writes the digits of a fraction for ever, where a schema lets it.

use super::TokenSet;
use crate::tokenizer::Tokenizer;

/// The most digits in a row outside of strings, where a number can end; no reader keeps more.
const DIGITS_MAX: usize = 24;

/// Whether `text`, which is JSON so far, ends in more digits than a number needs.
pub(super) fn is_endless(text: &[u8]) -> bool {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit());
    digits.count() >= DIGITS_MAX && !ends_in_string(text)
}

/// Takes the digits out of `set`, unless nothing else may follow.
pub(super) fn end(set: &mut TokenSet, tokenizer: &Tokenizer) {
    let mut digits = Vec::new();
    set.for_each(usize::MAX, |token| {
        if tokenizer
            .token_bytes(token)
            .first()
            .is_some_and(u8::is_ascii_digit)
        {
            digits.push(token);
        }
    });
    if digits.len() < set.count() {
        for token in digits {
            set.remove(token);
        }
    }
}

fn ends_in_string(text: &[u8]) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digits_of_numbers_are_counted() {
        let digits = "7".repeat(DIGITS_MAX);
        assert!(is_endless(format!("[\"a\\\"b\", 0.{digits}").as_bytes()));
        assert!(!is_endless(format!("[\"{digits}").as_bytes()));
        assert!(!is_endless(&digits.as_bytes()[1..]));
    }
}
